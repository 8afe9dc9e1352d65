package provider

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
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
	AllowRevoked     types.Bool   `tfsdk:"allow_revoked"`
}

// configError reports that the provider cannot be used with its configuration
// and environment. Its text contains no secrets.
type configError struct {
	err error // may join several
}

// Error returns a sentence for each of the errors.
func (e *configError) Error() string {
	lines := strings.Split(e.err.Error(), "\n")
	for i, line := range lines {
		lines[i] = sentence(line)
	}
	return strings.Join(lines, "\n")
}

// resolveConfig combines configuration and environment. The configuration takes
// precedence, and an empty variable counts as unset. The error is a *configError.
func resolveConfig(model providerModel, getenv func(string) string) (hcp.Config, registry.Location, error) {
	if unknown := model.unknown(); len(unknown) > 0 {
		return hcp.Config{}, registry.Location{}, &configError{fmt.Errorf(
			"the provider's configuration depends on values that are known only after apply: %s. "+
				"Set them from variables, or first apply what they come from with -target",
			strings.Join(unknown, ", "))}
	}
	location := registry.Location{
		OrganizationID: stringOrEnv(model.OrganizationID, getenv, "HCP_ORGANIZATION_ID"),
		ProjectID:      stringOrEnv(model.ProjectID, getenv, "HCP_PROJECT_ID"),
	}
	credentials, err := resolveCredentials(model, getenv)
	err = errors.Join(err,
		checkUUID("HCP_ORGANIZATION_ID", location.OrganizationID),
		checkUUID("HCP_PROJECT_ID", location.ProjectID))
	if err != nil {
		return hcp.Config{}, registry.Location{}, &configError{err}
	}
	return hcp.Config{
		Credentials: credentials,
		Endpoints: hcp.Endpoints{
			Geography:  stringOrEnv(model.Geography, getenv, "HCP_GEOGRAPHY"),
			APIAddress: cmp.Or(strings.TrimPrefix(getenv("HCP_API_HOST"), "https://"), getenv("HCP_API_ADDRESS")), // as in the SDK
			AuthURL:    getenv("HCP_AUTH_URL"),
			APITLS:     getenv("HCP_API_TLS"),
			AuthTLS:    getenv("HCP_AUTH_TLS"),
		},
	}, location, nil
}

// resolveCredentials returns the credentials of the configuration, or else those
// of the environment. The two are never mixed.
func resolveCredentials(model providerModel, getenv func(string) string) (auth.Credentials, error) {
	switch {
	case !model.ClientID.IsNull():
		return auth.ServicePrincipal("client_id and client_secret in the provider's configuration",
			model.ClientID.ValueString(), model.ClientSecret.ValueString()), nil
	case !model.CredentialFile.IsNull():
		credentials, err := auth.CredentialFile("credential_file in the provider's configuration", model.CredentialFile.ValueString())
		if err != nil {
			return auth.Credentials{}, fmt.Errorf("the provider's configuration sets credential_file, but %w", err)
		}
		return credentials, nil
	case !model.WorkloadIdentity.IsNull():
		return workloadIdentity(model.WorkloadIdentity), nil
	default:
		return environmentCredentials(getenv)
	}
}

func workloadIdentity(configured types.Object) auth.Credentials {
	const origin = "workload_identity in the provider's configuration"
	member := func(name string) types.String {
		value, _ := configured.Attributes()[name].(types.String) // as in the schema
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
		return auth.Credentials{}, errors.New("the environment sets HCP_CLIENT_ID without HCP_CLIENT_SECRET; set both or neither")
	case secret != "":
		return auth.Credentials{}, errors.New("the environment sets HCP_CLIENT_SECRET without HCP_CLIENT_ID; set both or neither")
	}
	if file := getenv("HCP_CRED_FILE"); file != "" {
		credentials, err := auth.CredentialFile("the file that HCP_CRED_FILE names", file)
		if err != nil {
			return auth.Credentials{}, fmt.Errorf("HCP_CRED_FILE is set, but %w", err)
		}
		return credentials, nil
	}
	home := "HOME"
	if runtime.GOOS == "windows" {
		home = "USERPROFILE"
	}
	if getenv(home) == "" {
		return auth.Credentials{}, nil
	}
	return auth.DefaultCredentials(getenv(home))
}

// stringOrEnv returns the configured value, or else that of a variable.
func stringOrEnv(configured types.String, getenv func(string) string, variable string) string {
	if !configured.IsNull() {
		return configured.ValueString()
	}
	return getenv(variable)
}

// unknown returns the names of the attributes whose values are unknown.
func (m providerModel) unknown() []string {
	var names []string
	check := func(name string, value attr.Value) {
		if value.IsUnknown() {
			names = append(names, name)
		}
	}
	check("client_id", m.ClientID)
	check("client_secret", m.ClientSecret)
	check("credential_file", m.CredentialFile)
	check("workload_identity", m.WorkloadIdentity)
	for _, name := range []string{"resource_name", "token", "token_file"} {
		if value, ok := m.WorkloadIdentity.Attributes()[name]; ok {
			check("workload_identity."+name, value)
		}
	}
	check("organization_id", m.OrganizationID)
	check("project_id", m.ProjectID)
	check("geography", m.Geography)
	check("allow_revoked", m.AllowRevoked)
	return names
}

// checkUUID checks a value that may come from a variable. One that comes from
// the configuration has passed its attribute's validator.
func checkUUID(variable, value string) error {
	if value == "" || registry.IsUUID(value) {
		return nil
	}
	return fmt.Errorf("the environment variable %s is %q, which is not a UUID", variable, value)
}
