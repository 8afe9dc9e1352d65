# Packer's file builder stands for a cloud: an image is a file, and its region the
# directory.
variable "release" {
  type = string
}

hcp_packer_registry {
  bucket_name = "ubuntu"
}

source "file" "ap-southeast-2" {
  content = "an image"
  target  = "ap-southeast-2/ami-${var.release}-sydney"
}

source "file" "eu-central-1" {
  content = "an image"
  target  = "eu-central-1/ami-${var.release}-frankfurt"
}

source "file" "us-east-1" {
  content = "an image"
  target  = "us-east-1/ami-${var.release}-virginia"
}

source "file" "us-west-2" {
  content = "an image"
  target  = "us-west-2/ami-${var.release}-oregon"
}

build {
  sources = [
    "source.file.ap-southeast-2",
    "source.file.eu-central-1",
    "source.file.us-east-1",
    "source.file.us-west-2",
  ]
}
