data "packer_image_iteration" "frankfurt" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"

  cloud_provider = "aws"
  region         = "eu-central-1"
  component_type = "amazon-ebs"
  labels         = { cis_level = "1" }
}

# one() fails if several images are left.
output "ami" {
  value = one(data.packer_image_iteration.frankfurt.images).image_id
}
