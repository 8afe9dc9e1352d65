data "packer_image_iteration" "hardened_ubuntu" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

# Two images in one region are an error here too: a key may occur only once.
output "ami" {
  value = {
    for image in data.packer_image_iteration.hardened_ubuntu.images :
    image.region => image.image_id if image.cloud_provider == "aws"
  }
}
