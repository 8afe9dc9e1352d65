terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    packer = {
      source = "hashicorp/packer"
    }
  }
}

data "packer_image_iteration" "ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
  region         = "eu-central-1"
}

resource "aws_instance" "web" {
  ami           = one(data.packer_image_iteration.ubuntu.images).image_id
  instance_type = "t3.small"

  lifecycle {
    ignore_changes = [ami]
  }
}

check "web_runs_on_the_image_of_the_channel" {
  assert {
    condition     = aws_instance.web.ami == one(data.packer_image_iteration.ubuntu.images).image_id
    error_message = "The machine runs on ${aws_instance.web.ami}, but the channel has moved to ${data.packer_image_iteration.ubuntu.version}."
  }
}
