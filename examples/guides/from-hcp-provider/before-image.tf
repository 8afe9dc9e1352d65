data "hcp_packer_image" "virginia" {
  bucket_name    = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
  region         = "us-east-1"
}

output "ami" {
  value = data.hcp_packer_image.virginia.cloud_image_id
}
