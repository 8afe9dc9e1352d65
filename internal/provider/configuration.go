package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// providerModel is the provider's configuration block.
type providerModel struct {
	ClientID         types.String `tfsdk:"client_id"`
	ClientSecret     types.String `tfsdk:"client_secret"`
	CredentialFile   types.String `tfsdk:"credential_file"`
	WorkloadIdentity types.Object `tfsdk:"workload_identity"`
	OrganizationID   types.String `tfsdk:"organization_id"`
	ProjectID        types.String `tfsdk:"project_id"`
	Geography        types.String `tfsdk:"geography"`
}

// providerData is what the provider hands to its data sources. A fault in the
// settings is kept in err until a data source needs it, so that
// whatever needs none works without: the apply of a saved plan, for example,
// must not end half-way for want of a file that only reads need.
type providerData struct {
	resolver *registry.Resolver
	location registry.Location
	err      error
}

// configError is a fault in the settings. It never tells a secret value.
type configError struct {
	problem string
}

func (e *configError) Error() string { return e.problem }

// newProviderData resolves the configuration. It makes no request.
func (p *packerProvider) newProviderData(model providerModel, terraformVersion string) *providerData {
	cfg, location, err := resolveConfig(model, p.getenv)
	if err != nil {
		return &providerData{err: err}
	}
	cfg.SourceChannel = "terraform-provider-packer/" + p.version
	cfg.UserAgent = fmt.Sprintf("%s Terraform/%s", cfg.SourceChannel, terraformVersion)
	cfg.Observe = logAttempt
	client, err := hcp.NewClient(cfg)
	if err != nil {
		return &providerData{err: asConfigError(err)}
	}
	return &providerData{resolver: registry.NewResolver(client, p.now), location: location}
}

// logAttempt logs one line for each attempt at a request, and on TRACE another.
// Neither headers nor bodies are logged, because they hold secrets.
func logAttempt(ctx context.Context, attempt transport.Attempt) {
	fields := map[string]any{
		"method":      attempt.Method,
		"path":        attempt.Path,
		"status":      attempt.Status,
		"attempt":     attempt.Number,
		"duration_ms": attempt.Duration.Milliseconds(),
	}
	tflog.Debug(ctx, "Request to HCP", fields)
	tflog.Trace(ctx, "Answer of HCP", map[string]any{"path": attempt.Path, "bytes": attempt.Received})
}

// resolveConfig resolves each setting: the configuration goes before the
// environment, and an empty variable counts as unset.
func resolveConfig(model providerModel, getenv func(string) string) (hcp.Config, registry.Location, error) {
	if unknown := model.unknown(); len(unknown) > 0 {
		return hcp.Config{}, registry.Location{}, &configError{problem: fmt.Sprintf(
			"The provider's configuration depends on values that are known only after apply: %s. "+
				"Set them from variables, or first apply what they come from with -target.",
			strings.Join(unknown, ", "))}
	}
	location := registry.Location{
		OrganizationID: setting(model.OrganizationID, getenv, "HCP_ORGANIZATION_ID"),
		ProjectID:      setting(model.ProjectID, getenv, "HCP_PROJECT_ID"),
	}
	cfg := hcp.Config{Endpoints: hcp.Endpoints{
		Geography:  setting(model.Geography, getenv, "HCP_GEOGRAPHY"),
		APIAddress: cmp.Or(strings.TrimPrefix(getenv("HCP_API_HOST"), "https://"), getenv("HCP_API_ADDRESS")), // as in the SDK
		AuthURL:    getenv("HCP_AUTH_URL"),
		APITLS:     getenv("HCP_API_TLS"),
		AuthTLS:    getenv("HCP_AUTH_TLS"),
	}}
	var err error
	cfg.Credentials, err = credentials(model, getenv)
	return cfg, location, errors.Join(err,
		checkUUID("HCP_ORGANIZATION_ID", location.OrganizationID),
		checkUUID("HCP_PROJECT_ID", location.ProjectID))
}

// credentials returns those of the configuration, or else those of the
// environment. Parts of the one are never mixed with parts of the other.
func credentials(model providerModel, getenv func(string) string) (auth.Credentials, error) {
	switch {
	case !model.ClientID.IsNull():
		return auth.ServicePrincipal("client_id and client_secret in the provider's configuration",
			model.ClientID.ValueString(), model.ClientSecret.ValueString()), nil
	case !model.CredentialFile.IsNull():
		found, err := auth.CredentialFile("credential_file in the provider's configuration", model.CredentialFile.ValueString())
		if err != nil {
			err = fmt.Errorf("the provider's configuration sets credential_file, but %w", err)
		}
		return found, asConfigError(err)
	case !model.WorkloadIdentity.IsNull():
		return workloadIdentity(model.WorkloadIdentity), nil
	default:
		return environmentCredentials(getenv)
	}
}

func workloadIdentity(configured types.Object) auth.Credentials {
	const origin = "workload_identity in the provider's configuration"
	member := func(name string) types.String {
		value, _ := configured.Attributes()[name].(types.String) // the schema says so
		return value
	}
	resourceName, tokenFile := member("resource_name").ValueString(), member("token_file")
	if tokenFile.IsNull() {
		return auth.WorkloadToken(origin, resourceName, member("token").ValueString())
	}
	return auth.WorkloadTokenFile(origin, resourceName, tokenFile.ValueString())
}

func environmentCredentials(getenv func(string) string) (auth.Credentials, error) {
	id, secret := getenv("HCP_CLIENT_ID"), getenv("HCP_CLIENT_SECRET")
	switch {
	case id != "" && secret != "":
		return auth.ServicePrincipal("HCP_CLIENT_ID and HCP_CLIENT_SECRET in the environment", id, secret), nil
	case id != "":
		return auth.Credentials{}, &configError{problem: "The environment sets HCP_CLIENT_ID without HCP_CLIENT_SECRET. Set both, or neither."}
	case secret != "":
		return auth.Credentials{}, &configError{problem: "The environment sets HCP_CLIENT_SECRET without HCP_CLIENT_ID. Set both, or neither."}
	}
	if file := getenv("HCP_CRED_FILE"); file != "" {
		found, err := auth.CredentialFile("the file that HCP_CRED_FILE names", file)
		if err != nil {
			err = fmt.Errorf("HCP_CRED_FILE is set, but %w", err)
		}
		return found, asConfigError(err)
	}
	home := "HOME"
	if runtime.GOOS == "windows" {
		home = "USERPROFILE"
	}
	if getenv(home) == "" {
		return auth.Credentials{}, nil
	}
	found, err := auth.DefaultCredentials(getenv(home))
	return found, asConfigError(err)
}

// asConfigError makes a configError of an error, and nil of nil.
func asConfigError(err error) error {
	if err == nil {
		return nil
	}
	return &configError{problem: sentence(err)}
}

func setting(configured types.String, getenv func(string) string, variable string) string {
	if !configured.IsNull() {
		return configured.ValueString()
	}
	return getenv(variable)
}

// unknown returns the names of the attributes that have no value yet.
func (m providerModel) unknown() []string {
	var names []string
	note := func(name string, value attr.Value) {
		if value.IsUnknown() {
			names = append(names, name)
		}
	}
	note("client_id", m.ClientID)
	note("client_secret", m.ClientSecret)
	note("credential_file", m.CredentialFile)
	note("workload_identity", m.WorkloadIdentity)
	for _, name := range []string{"resource_name", "token", "token_file"} {
		if value, ok := m.WorkloadIdentity.Attributes()[name]; ok {
			note("workload_identity."+name, value)
		}
	}
	note("organization_id", m.OrganizationID)
	note("project_id", m.ProjectID)
	note("geography", m.Geography)
	return names
}

// checkUUID checks a value that may have come from a variable. One that came
// from the configuration has passed the same check at its attribute.
func checkUUID(variable, value string) error {
	if value == "" || registry.IsUUID(value) {
		return nil
	}
	return &configError{problem: fmt.Sprintf("The environment variable %s is %q, which is no UUID.", variable, value)}
}
