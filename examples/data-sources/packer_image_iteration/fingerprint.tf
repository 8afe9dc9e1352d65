# Needs the provider hashicorp/aws.
data "packer_image_iteration" "hardened_ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  fingerprint    = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
  cloud_provider = "aws"
  region         = "eu-central-1"
}

resource "aws_instance" "web" {
  ami           = one(data.packer_image_iteration.hardened_ubuntu.images).image_id
  instance_type = "t3.small"
}
