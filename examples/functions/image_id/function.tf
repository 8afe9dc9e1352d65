terraform {
  required_version = ">= 1.8"

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
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

resource "aws_instance" "web" {
  ami = provider::packer::image_id(
    data.packer_image_iteration.ubuntu.images, "aws", "eu-central-1"
  )
  instance_type = "t3.small"
}

# With the component type, where a region has several images.
output "virginia" {
  value = provider::packer::image_id(
    data.packer_image_iteration.ubuntu.images, "aws", "us-east-1", "amazon-ebs.ubuntu"
  )
}
