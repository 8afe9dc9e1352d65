hcp_packer_registry {
  bucket_name = "ubuntu"
}

# The file builder stands for a cloud: the image is a file, its region the directory.
source "file" "ubuntu" {
  content = "an image"
  target  = "eu-central-1/ami-${formatdate("YYYYMMDD-hhmmss", timestamp())}"
}

build {
  sources = ["source.file.ubuntu"]
}
