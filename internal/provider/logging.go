package provider

import (
	"cmp"
	"os"
)

// sdkLogLevel is the environment variable that tells Terraform's libraries what
// to log.
const sdkLogLevel = "TF_LOG_SDK"

// LogAsTerraform has Terraform's libraries log what Terraform shows, unless the
// environment says otherwise. They would log everything, for Terraform to read
// and to discard, which is a third of the time of a plan with a hundred reads.
func LogAsTerraform() {
	if os.Getenv(sdkLogLevel) == "" {
		os.Setenv(sdkLogLevel, cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "OFF"))
	}
}
