"""Training of the U-Net with a ResNet-18 encoder."""
