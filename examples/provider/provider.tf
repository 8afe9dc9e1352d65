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

# Credentials come from the environment: HCP_CLIENT_ID and HCP_CLIENT_SECRET.
provider "packer" {
  project_id = "7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3"
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
