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

variable "fleet" {
  description = "Fingerprint of the iteration on which each machine runs."
  type        = map(string)
  default = {
    web-1 = "01JB1Y7RFM4C6H9QTS2E0XKAZN" # v6
    web-2 = "01JB1Y7RFM4C6H9QTS2E0XKAZN" # v6
    web-3 = "01JBM4T9WQ2ZK8X3N5R7D1FHVC" # v7, as a trial
  }
}

data "packer_image_iteration" "ubuntu" {
  for_each    = toset(values(var.fleet))
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = each.key
}

resource "aws_instance" "web" {
  for_each = var.fleet
  ami = provider::packer::image_id(
    data.packer_image_iteration.ubuntu[each.value].images, "aws", "eu-central-1"
  )
  instance_type = "t3.small"
  tags          = { Name = each.key }
}
