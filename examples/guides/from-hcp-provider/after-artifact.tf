terraform {
  required_version = ">= 1.8"

  required_providers {
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
  images = data.packer_image_iteration.ubuntu.images
}

output "ami" {
  value = {
    us-east-1    = provider::packer::image_id(local.images, "aws", "us-east-1")
    eu-central-1 = provider::packer::image_id(local.images, "aws", "eu-central-1")
  }
}
