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

output "ami" {
  value = {
    us-east-1    = provider::packer::image_id(data.packer_image_iteration.ubuntu.images, "aws", "us-east-1")
    eu-central-1 = provider::packer::image_id(data.packer_image_iteration.ubuntu.images, "aws", "eu-central-1")
  }
}
