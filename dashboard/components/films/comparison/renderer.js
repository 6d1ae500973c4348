// Draws films of 16 bits through a window, with what lies over them: all panes on one canvas, which lies under them.

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2.0 - 1.0, 0.0, 1.0); }`

const FRAGMENT = `#version 300 es
precision highp float; precision highp int; precision highp usampler2D;
uniform usampler2D film; uniform ivec2 size; uniform vec2 extent; uniform int level; uniform mat3 toFilm;
uniform vec2 shown; uniform bool inverted; uniform vec2 corner; uniform float dot_;
uniform sampler2D planes0; uniform sampler2D planes1; uniform mat3 toPlanes0; uniform mat3 toPlanes1;
uniform int over; uniform vec3 opacityColour; uniform vec3 lungColour; uniform vec3 bothColour;
out vec4 colour;

float value(ivec2 at) { return float(texelFetch(film, clamp(at, ivec2(0), size - 1), level).r); }

float grey(vec2 at) {
  vec2 middle = at / float(1 << level) - 0.5;
  ivec2 corner = ivec2(floor(middle));
  vec2 part = middle - floor(middle);
  float above = mix(value(corner), value(corner + ivec2(1, 0)), part.x);
  float below = mix(value(corner + ivec2(0, 1)), value(corner + ivec2(1, 1)), part.x);
  return mix(above, below, part.y) / 65535.0;
}

vec3 planesAt(sampler2D planes, mat3 to, vec3 at) {
  vec2 place = (to * at).xy;
  vec3 found = texture(planes, place).rgb;
  return place == clamp(place, 0.0, 1.0) ? found : vec3(0.0);
}

float edge(float mask) { return 1.0 - smoothstep(0.8, 1.6, abs(mask - 0.5) / max(fwidth(mask), 1e-4) / dot_); }

vec3 covered(vec3 found, vec3 at) {
  vec3 then = planesAt(planes0, toPlanes0, at);
  vec3 now = planesAt(planes1, toPlanes1, at);
  vec2 screen = at.xy / dot_;
  if (over == 1) {
    if (then.b > 0.5) found = mix(found, opacityColour, 0.38);
    found = mix(found, opacityColour, edge(then.b));
    found = mix(found, lungColour, edge(then.r));
    found = mix(found, lungColour, edge(then.g));
  } else if (over == 2) {
    found = mix(found, opacityColour, 0.8 * then.r);
  } else if (over == 3 && max(max(then.r, then.g), max(now.r, now.g)) > 0.5) {
    bool was = then.b > 0.5, is = now.b > 0.5;
    if (is && !was) found = mix(found, opacityColour, fract((screen.x + screen.y) / 9.0) < 0.42 ? 0.95 : 0.15);
    if (was && !is) found = mix(found, lungColour, fract(screen.y / 7.0) < 0.4 ? 0.95 : 0.15);
    if (was && is) found = mix(found, bothColour, length(fract(screen / 8.0) - 0.5) < 0.24 ? 0.95 : 0.12);
  }
  return found;
}

void main() {
  vec3 at = vec3(gl_FragCoord.x - corner.x, corner.y - gl_FragCoord.y, 1.0);
  vec2 place = (toFilm * at).xy;
  bool inside = place == clamp(place, vec2(0.0), extent);
  float lit = clamp((grey(place) - shown.x) / max(shown.y - shown.x, 1e-6), 0.0, 1.0);
  vec3 found = vec3(inside ? (inverted ? 1.0 - lit : lit) : 0.0);
  if (over > 0) found = covered(found, at);
  colour = vec4(found, 1.0);
}`


// Kinds of what lies over a film; all other maps are heat.
const OVER = { "": 0, masks: 1, difference: 3 }

function halved(values, columns, rows) {
  const [wide, high] = [Math.max(columns >> 1, 1), Math.max(rows >> 1, 1)]
  const found = new Uint16Array(wide * high)
  const [right, below] = [columns > 1 ? 1 : 0, rows > 1 ? columns : 0]
  for (let row = 0, place = 0; row < high; row++) {
    let corner = row * 2 * below
    for (let column = 0; column < wide; column++, corner += 1 + right) {
      found[place++] = (values[corner] + values[corner + right] + values[corner + below] + values[corner + right + below] + 2) >> 2
    }
  }
  return found
}

function programOf(gl) {
  const program = gl.createProgram()
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind)
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program))
  gl.useProgram(program)
  return program
}

// As WebGL wants it: columns first.
const asUniform = ([a, b, c, d, e, f]) => [a, d, 0, b, e, 0, c, f, 1]

class Renderer {
  // Throws where there is no WebGL.
  constructor(canvas, colours, whenLost) {
    const gl = canvas.getContext("webgl2", { antialias: false, depth: false })
    if (!gl) throw new Error("no WebGL 2")
    this.canvas = canvas
    this.gl = gl
    canvas.addEventListener("webglcontextlost", whenLost)
    this.program = programOf(gl)
    this.places = new Map()
    gl.bindVertexArray(gl.createVertexArray())
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
    const unit = (colour) => colour.map((part) => part / 255)
    for (const name of ["opacity", "lung", "both"]) gl.uniform3fv(this.at(`${name}Colour`), unit(colours[name]))
    for (const [place, name] of ["film", "planes0", "planes1"].entries()) gl.uniform1i(this.at(name), place)
    this.nothing = this.planesTexture(new ImageData(1, 1))
  }

  at(name) {
    if (!this.places.has(name)) this.places.set(name, this.gl.getUniformLocation(this.program, name))
    return this.places.get(name)
  }

  // Returns a film's texture, each level half the one before: what is drawn small is averaged, not skipped.
  filmTexture({ columns, rows, values }) {
    const { gl } = this
    const levels = Math.floor(Math.log2(Math.max(columns, rows))) + 1
    const texture = gl.createTexture()
    gl.activeTexture(gl.TEXTURE0)
    gl.bindTexture(gl.TEXTURE_2D, texture)
    gl.texStorage2D(gl.TEXTURE_2D, levels, gl.R16UI, columns, rows)
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST_MIPMAP_NEAREST)
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST)
    for (let level = 0, wide = columns, high = rows; level < levels; level++) {
      gl.texSubImage2D(gl.TEXTURE_2D, level, 0, 0, wide, high, gl.RED_INTEGER, gl.UNSIGNED_SHORT, values)
      if (level + 1 < levels) values = halved(values, wide, high)
      ;[wide, high] = [Math.max(wide >> 1, 1), Math.max(high >> 1, 1)]
    }
    return { texture, levels }
  }

  planesTexture(picture) {
    const { gl } = this
    const texture = gl.createTexture()
    gl.activeTexture(gl.TEXTURE1)
    gl.bindTexture(gl.TEXTURE_2D, texture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture)
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE)
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR)
    return texture
  }

  forget(texture) {
    this.gl.deleteTexture(texture)
  }

  end() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext()
  }

  // Begins a picture of so many device pixels; between the panes the page shows through.
  begin(width, height) {
    const { gl, canvas } = this
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height]
    gl.disable(gl.SCISSOR_TEST)
    gl.clearColor(0, 0, 0, 0)
    gl.clear(gl.COLOR_BUFFER_BIT)
    gl.enable(gl.SCISSOR_TEST)
  }

  // Makes a pane black and all drawing go there.
  pane({ left, top, width, height }) {
    const { gl, canvas } = this
    const place = [left, canvas.height - top - height, width, height]
    gl.viewport(...place)
    gl.scissor(...place)
    gl.clearColor(0, 0, 0, 1)
    gl.clear(gl.COLOR_BUFFER_BIT)
    gl.uniform2f(this.at("corner"), left, canvas.height - top)
  }

  // Draws a film into the pane; `planes` are [texture, matrix from the pane to 0-1] of both films or of this one.
  draw({ film, matrix, shown, inverted, over, planes, dot }) {
    const { gl } = this
    const level = clamp(Math.floor(Math.log2(Math.hypot(matrix[0], matrix[3]))), 0, film.levels - 1)
    this.bind(0, film.texture)
    gl.uniform2i(this.at("size"), Math.max(film.columns >> level, 1), Math.max(film.rows >> level, 1))
    gl.uniform2f(this.at("extent"), film.columns, film.rows)
    gl.uniform1i(this.at("level"), level)
    gl.uniformMatrix3fv(this.at("toFilm"), false, asUniform(matrix))
    gl.uniform2fv(this.at("shown"), shown)
    gl.uniform1i(this.at("inverted"), inverted ? 1 : 0)
    gl.uniform1f(this.at("dot_"), dot)
    gl.uniform1i(this.at("over"), planes.length > 0 ? (OVER[over] ?? 2) : 0)
    for (const place of [0, 1]) {
      const [texture, to] = planes[place] ?? [this.nothing, [1, 0, 0, 0, 1, 0]]
      this.bind(place + 1, texture)
      gl.uniformMatrix3fv(this.at(`toPlanes${place}`), false, asUniform(to))
    }
    gl.drawArrays(gl.TRIANGLES, 0, 3)
  }

  bind(place, texture) {
    this.gl.activeTexture(this.gl.TEXTURE0 + place)
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture)
  }
}
