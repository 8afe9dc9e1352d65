data "packer_image_iteration" "ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  fingerprint    = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
  cloud_provider = "aws"
  region         = "us-east-1"
}

output "ami" {
  value = one(data.packer_image_iteration.ubuntu.images).image_id
}
