terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    packer = {
      source = "hashicorp/packer"
    }
  }
}

data "packer_image_iteration" "frankfurt" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
  region         = "eu-central-1"
  labels         = { cis_level = "1" }
}

resource "aws_launch_template" "web" {
  name          = "web"
  image_id      = one(data.packer_image_iteration.frankfurt.images).image_id
  instance_type = "t3.small"
}
