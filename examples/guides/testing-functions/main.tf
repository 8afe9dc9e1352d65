terraform {
  required_version = ">= 1.15"

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
  value = provider::packer::image_ids(data.packer_image_iteration.ubuntu.images, "aws")
}
