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
  default = "us-east-1"
}

data "packer_image_iteration" "ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

output "ami" {
  value = provider::packer::image_id(data.packer_image_iteration.ubuntu.images, "aws", var.region)
}
