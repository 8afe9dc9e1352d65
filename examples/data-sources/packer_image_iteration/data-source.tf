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

# Stands in for a machine, such as an aws_instance with this ami.
resource "terraform_data" "server" {
  input = {
    ami = provider::packer::image_id(data.packer_image_iteration.hardened_ubuntu.images, "aws", "eu-central-1")
  }
}

output "iteration" {
  value = data.packer_image_iteration.hardened_ubuntu.version
}
