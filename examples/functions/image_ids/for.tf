data "packer_image_iteration" "ubuntu" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = "production-stable"
  cloud_provider = "aws"
}

# Two images in one region are an error here too, because a map has each key once.
output "ami" {
  value = {
    for image in data.packer_image_iteration.ubuntu.images : image.region => image.image_id
  }
}
