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

locals {
  ami = provider::packer::image_ids(data.packer_image_iteration.ubuntu.images, "aws")
}

resource "aws_instance" "frankfurt" {
  ami           = local.ami["eu-central-1"]
  instance_type = "t3.small"
}

# With the component type, where a region has several images.
output "ami_of_one_source" {
  value = provider::packer::image_ids(
    data.packer_image_iteration.ubuntu.images, "aws", "amazon-ebs.ubuntu"
  )
}
