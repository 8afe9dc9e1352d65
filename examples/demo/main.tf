terraform {
  required_providers {
    packer = {
      source = "hashicorp/packer"
    }
  }
}

data "packer_image_iteration" "ubuntu" {
  bucket  = "ubuntu"
  channel = "production"
}

resource "terraform_data" "machine" {
  for_each = toset(["ap-southeast-2", "eu-central-1", "us-east-1", "us-west-2"])

  # Like a real machine, it is replaced when its image changes.
  triggers_replace = provider::packer::image_id(data.packer_image_iteration.ubuntu.images, "packer.file", each.key)
}
