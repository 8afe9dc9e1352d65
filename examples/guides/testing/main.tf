terraform {
  required_version = ">= 1.8"

  required_providers {
    packer = {
      source = "hashicorp/packer"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

data "packer_image_iteration" "hardened_ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

output "ami" {
  value = provider::packer::image_id(data.packer_image_iteration.hardened_ubuntu.images, "aws", var.region)
}

output "iteration" {
  value = data.packer_image_iteration.hardened_ubuntu.version
}
