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
  images = data.packer_image_iteration.hardened_ubuntu.images
}

output "ami" {
  value = provider::packer::image_ids(local.images, "aws")
}

output "azure_image" {
  value = provider::packer::image_id(local.images, "azure", "eastus")
}
