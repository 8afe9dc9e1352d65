data "packer_image_iteration" "v7" {
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
}
