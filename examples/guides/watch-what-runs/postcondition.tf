terraform {
  required_version = ">= 1.2"

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

  lifecycle {
    postcondition {
      condition     = !self.revoked
      error_message = "${self.image_id} is revoked: replace the machine."
    }

    postcondition {
      condition     = self.tracked
      error_message = "${self.image_id} is not in the HCP Packer registry."
    }
  }
}
