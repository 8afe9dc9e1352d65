package provider

import (
	"cmp"
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
)

// sdkLogLevel is the environment variable with the log level of Terraform's
// libraries.
const sdkLogLevel = "TF_LOG_SDK"

// LogAsTerraform sets the log level of Terraform's libraries to that of
// Terraform, unless the environment sets it. By default they log everything for
// Terraform to discard, which is a third of the time of a plan with 100 reads.
func LogAsTerraform() {
	if os.Getenv(sdkLogLevel) == "" {
		os.Setenv(sdkLogLevel, cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "OFF"))
	}
}

// logAttempt logs an attempt at a request, and on level TRACE the size of the
// response. It logs neither headers nor bodies, because they contain secrets.
func logAttempt(ctx context.Context, attempt transport.Attempt) {
	tflog.Debug(ctx, "Request to HCP", map[string]any{
		"method":      attempt.Method,
		"host":        attempt.Host,
		"path":        attempt.Path,
		"status":      attempt.Status,
		"attempt":     attempt.Number,
		"duration_ms": attempt.Duration.Milliseconds(),
	})
	tflog.Trace(ctx, "Response from HCP", map[string]any{"path": attempt.Path, "bytes": attempt.Received})
}
