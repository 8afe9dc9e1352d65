terraform {
  required_version = ">= 1.8"

  required_providers {
    packer = {
      source = "hashicorp/packer"
    }
  }
}

data "packer_image_iteration" "hardened_ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

locals {
  ami = provider::packer::image_ids(data.packer_image_iteration.hardened_ubuntu.images, "aws")
}

output "ami" {
  value = local.ami
}

output "frankfurt" {
  value = local.ami["eu-central-1"]
}

# With the component type, where a region has several images.
output "of_one_source" {
  value = provider::packer::image_ids(data.packer_image_iteration.hardened_ubuntu.images, "aws", "amazon-ebs")
}
