data "packer_image_iteration" "ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
  region         = "us-east-1"
}

output "ami" {
  value = one(data.packer_image_iteration.ubuntu.images).image_id
}
