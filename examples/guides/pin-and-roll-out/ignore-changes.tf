terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    packer = {
      source = "hashicorp/packer"
    }
  }
}

data "packer_image_iteration" "ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
  region         = "eu-central-1"
}

resource "aws_instance" "web" {
  ami           = one(data.packer_image_iteration.ubuntu.images).image_id
  instance_type = "t3.small"

  lifecycle {
    ignore_changes = [ami]
  }
}
