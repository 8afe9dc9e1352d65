# Needs the provider hashicorp/hcp.

data "hcp_packer_image_iteration" "hardened_ubuntu" {
  bucket_name = "hardened-ubuntu-16-04"
  channel     = "production-stable"
}

output "ami" {
  value = flatten([
    for build in data.hcp_packer_image_iteration.hardened_ubuntu.builds : [
      for image in build.images : image.image_id if image.region == "us-east-1"
    ] if build.cloud_provider == "aws"
  ])[0]
}
