mock_provider "packer" {}

override_data {
  target = data.packer_image_iteration.hardened_ubuntu
  values = {
    version = "v42"
    images = [
      {
        image_id       = "ami-frankfurt"
        cloud_provider = "aws"
        region         = "eu-central-1"
        component_type = "amazon-ebs.ubuntu"
        build_id       = "01JBM4T9WQ2ZK8X3N5R7D1FHV1"
        labels         = {}
        id             = "01JBM4T9WQ2ZK8X3N5R7D1FHV2"
        created_at     = "2026-01-01T00:00:00Z"
      },
      {
        image_id       = "ami-virginia"
        cloud_provider = "aws"
        region         = "us-east-1"
        component_type = "amazon-ebs.ubuntu"
        build_id       = "01JBM4T9WQ2ZK8X3N5R7D1FHV1"
        labels         = {}
        id             = "01JBM4T9WQ2ZK8X3N5R7D1FHV3"
        created_at     = "2026-01-01T00:00:00Z"
      },
    ]
  }
}

run "image_of_the_default_region" {
  command = plan

  assert {
    condition     = output.ami == "ami-frankfurt" && output.iteration == "v42"
    error_message = "got ${output.ami} of ${output.iteration}"
  }
}

run "image_of_another_region" {
  command = plan

  variables {
    region = "us-east-1"
  }

  assert {
    condition     = output.ami == "ami-virginia"
    error_message = "got ${output.ami}"
  }
}
