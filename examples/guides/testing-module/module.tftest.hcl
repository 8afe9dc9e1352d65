# In OpenTofu, an image must have all of its attributes.
mock_provider "packer" {}

override_data {
  target = module.image.data.packer_image_iteration.ubuntu
  values = {
    images = [{ image_id = "ami-frankfurt", cloud_provider = "aws", region = "eu-central-1" }]
  }
}

run "image_of_the_module" {
  command = plan

  assert {
    condition     = output.ami == "ami-frankfurt"
    error_message = "got ${output.ami}"
  }
}
