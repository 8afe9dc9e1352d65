terraform {
  required_version = ">= 1.8"

  required_providers {
    packer = {
      source = "hashicorp/packer"
    }
  }
}

data "packer_image_iteration" "each" {
  for_each = toset(["database", "web"])
  bucket   = each.key
  channel  = "production-stable"
}

output "ami" {
  value = {
    for bucket, iteration in data.packer_image_iteration.each :
    bucket => provider::packer::image_id(iteration.images, "aws", "eu-central-1")
  }
}
