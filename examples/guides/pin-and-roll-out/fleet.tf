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

data "packer_image_iteration" "ubuntu" {
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = "01JBM4T9WQ2ZK8X3N5R7D1FHVC" # v7
}

resource "aws_launch_template" "web" {
  name = "web"
  image_id = provider::packer::image_id(
    data.packer_image_iteration.ubuntu.images, "aws", "eu-central-1"
  )
  instance_type = "t3.small"
}

resource "aws_autoscaling_group" "web" {
  name               = "web"
  availability_zones = ["eu-central-1a", "eu-central-1b"]
  min_size           = 2
  max_size           = 6

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }

  instance_refresh {
    strategy = "Rolling"
  }
}
