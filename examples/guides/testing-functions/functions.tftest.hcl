mock_provider "packer" {}

override_data {
  target = data.packer_image_iteration.ubuntu
  values = {
    images = concat(
      [{ image_id = "ami-frankfurt", cloud_provider = "aws", region = "eu-central-1" }],
      [{ image_id = format("ami-%s", "virginia"), cloud_provider = "aws", region = "us-east-1" }],
    )
  }
}

run "every_region_has_an_image" {
  command = plan

  assert {
    condition     = output.ami == tomap({ eu-central-1 = "ami-frankfurt", us-east-1 = "ami-virginia" })
    error_message = "got ${jsonencode(output.ami)}"
  }
}
