terraform {
  required_version = ">= 1.8"

  required_providers {
    packer = {
      source = "hashicorp/packer"
    }
  }
}

module "image" {
  source = "./image"
  region = "eu-central-1"
}

output "ami" {
  value = module.image.ami
}
