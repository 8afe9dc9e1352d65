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

resource "aws_instance" "web" {
  ami           = "ami-0a7c3e9d1f5b28460"
  instance_type = "t3.small"
}

data "packer_image_status" "web" {
  image_id       = aws_instance.web.ami
  cloud_provider = "aws"
}

check "web_runs_on_our_image" {
  assert {
    condition     = data.packer_image_status.web.tracked
    error_message = "HCP Packer does not know ${aws_instance.web.ami}, on which the machine runs."
  }
}
