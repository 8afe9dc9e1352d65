terraform {
  required_version = ">= 1.4"
}

data "packer_image_iteration" "hardened_ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
  region         = "eu-central-1"
}

# Stands in for a machine, such as an aws_instance, where it would be
# ignore_changes = [ami].
resource "terraform_data" "server" {
  input = one(data.packer_image_iteration.hardened_ubuntu.images).image_id

  lifecycle {
    ignore_changes = [input]
  }
}
