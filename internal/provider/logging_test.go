package provider

import (
	"os"
	"testing"
)

func TestLogAsTerraform(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"Terraform logs nothing":  {nil, "OFF"},
		"Terraform logs":          {map[string]string{"TF_LOG": "INFO"}, "INFO"},
		"of providers":            {map[string]string{"TF_LOG_PROVIDER": "DEBUG"}, "DEBUG"},
		"of providers, otherwise": {map[string]string{"TF_LOG_PROVIDER": "OFF", "TF_LOG": "TRACE"}, "OFF"},
		"of the core alone":       {map[string]string{"TF_LOG_CORE": "TRACE"}, "OFF"},
		"set for the libraries":   {map[string]string{sdkLogLevel: "WARN", "TF_LOG": "TRACE"}, "WARN"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{sdkLogLevel, "TF_LOG_PROVIDER", "TF_LOG", "TF_LOG_CORE"} {
				t.Setenv(variable, test.env[variable])
			}
			LogAsTerraform()
			if got := os.Getenv(sdkLogLevel); got != test.want {
				t.Errorf("the libraries log %q, want %q", got, test.want)
			}
		})
	}
}
