package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/hcp-sdk-go/auth"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	"github.com/hashicorp/hcp-sdk-go/config/files"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
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

// connection is what the provider hands to its data sources. A fault in the
// settings is kept in err until a data source needs the connection, so that
// whatever needs none works without.
type connection struct {
	resolver *registry.Resolver
	location registry.Location
	err      error
}

// settingsError is a fault in the settings. It never tells a secret value.
type settingsError struct {
	attribute path.Path // of the provider's configuration; empty if it is in none
	problem   string
}

func (e *settingsError) Error() string { return e.problem }

// connect makes a connection of the settings. It makes no request.
func (p *packerProvider) connect(model providerModel, terraformVersion string) *connection {
	cfg, location, err := settings(model, p.getenv)
	if err != nil {
		return &connection{err: err}
	}
	cfg.SourceChannel = "terraform-provider-packer/" + p.version
	cfg.UserAgent = fmt.Sprintf("%s Terraform/%s", cfg.SourceChannel, terraformVersion)
	cfg.Observe = logAttempt
	client, err := hcp.NewClient(cfg)
	if err != nil {
		return &connection{err: &settingsError{problem: sentence(err)}}
	}
	return &connection{resolver: registry.NewResolver(client, p.now), location: location}
}

// logAttempt logs one line for each request. Neither headers nor bodies are
// logged, because they hold secrets.
func logAttempt(ctx context.Context, attempt hcp.Attempt) {
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

// settings resolves each setting: the configuration goes before the
// environment, and an empty variable counts as unset.
func settings(model providerModel, getenv func(string) string) (hcp.Config, registry.Location, error) {
	if unknown := model.unknown(); len(unknown) > 0 {
		return hcp.Config{}, registry.Location{}, &settingsError{problem: fmt.Sprintf(
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
func credentials(model providerModel, getenv func(string) string) (hcp.Credentials, error) {
	switch {
	case !model.ClientID.IsNull():
		return servicePrincipal("client_id and client_secret in the provider's configuration",
			model.ClientID.ValueString(), model.ClientSecret.ValueString()), nil
	case !model.CredentialFile.IsNull():
		return credentialFile("credential_file in the provider's configuration",
			path.Root("credential_file"), model.CredentialFile.ValueString())
	case !model.WorkloadIdentity.IsNull():
		return workloadIdentity(model.WorkloadIdentity)
	default:
		return environmentCredentials(getenv)
	}
}

func environmentCredentials(getenv func(string) string) (hcp.Credentials, error) {
	id, secret := getenv("HCP_CLIENT_ID"), getenv("HCP_CLIENT_SECRET")
	switch {
	case id != "" && secret != "":
		return servicePrincipal("HCP_CLIENT_ID and HCP_CLIENT_SECRET in the environment", id, secret), nil
	case id != "":
		return hcp.Credentials{}, &settingsError{problem: "The environment sets HCP_CLIENT_ID without HCP_CLIENT_SECRET. Set both, or neither."}
	case secret != "":
		return hcp.Credentials{}, &settingsError{problem: "The environment sets HCP_CLIENT_SECRET without HCP_CLIENT_ID. Set both, or neither."}
	}
	if file := getenv("HCP_CRED_FILE"); file != "" {
		return credentialFile("the file that HCP_CRED_FILE names", path.Empty(), file)
	}
	return homeCredentials(getenv)
}

// homeCredentials returns what the HCP CLI left in the home directory.
func homeCredentials(getenv func(string) string) (hcp.Credentials, error) {
	variable := "HOME"
	if runtime.GOOS == "windows" {
		variable = "USERPROFILE"
	}
	home := getenv(variable)
	if home == "" {
		return hcp.Credentials{}, nil
	}
	directory := filepath.Join(home, filepath.FromSlash(files.DefaultDirectory))
	file := filepath.Join(directory, auth.CredentialFileName)
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		return credentialFile(file, path.Empty(), file)
	}
	cache := filepath.Join(directory, files.TokenCacheFileName)
	if hcp.HasLogin(cache) {
		return hcp.Credentials{Origin: "the session of hcp auth login", LoginCache: cache}, nil
	}
	return hcp.Credentials{}, nil
}

func servicePrincipal(origin, id, secret string) hcp.Credentials {
	return hcp.Credentials{Origin: origin, ServicePrincipal: &auth.OauthConfig{ClientID: id, ClientSecret: secret}}
}

func credentialFile(origin string, attribute path.Path, file string) (hcp.Credentials, error) {
	credentials, err := hcp.ReadCredentialFile(file)
	if err != nil {
		return hcp.Credentials{}, &settingsError{attribute, fmt.Sprintf("%s This concerns %s.", sentence(err), origin)}
	}
	credentials.Origin = origin
	return credentials, nil
}

func workloadIdentity(configured types.Object) (hcp.Credentials, error) {
	var model workloadIdentityModel
	if diags := configured.As(context.Background(), &model, basetypes.ObjectAsOptions{}); diags.HasError() {
		return hcp.Credentials{}, &settingsError{path.Root("workload_identity"), diags[0].Detail()}
	}
	identity := &workload.IdentityProviderConfig{ProviderResourceName: model.ResourceName.ValueString()}
	if model.TokenFile.IsNull() {
		identity.Token = &workload.CredentialTokenSource{Token: model.Token.ValueString()}
	} else {
		identity.File = &workload.FileCredentialSource{Path: model.TokenFile.ValueString()}
		if _, err := os.Stat(identity.File.Path); err != nil {
			return hcp.Credentials{}, &settingsError{path.Root("workload_identity").AtName("token_file"),
				fmt.Sprintf("The token file cannot be read: %s.", err)}
		}
	}
	return hcp.Credentials{Origin: "workload_identity in the provider's configuration", Workload: identity}, nil
}

type workloadIdentityModel struct {
	ResourceName types.String `tfsdk:"resource_name"`
	Token        types.String `tfsdk:"token"`
	TokenFile    types.String `tfsdk:"token_file"`
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
	return &settingsError{problem: fmt.Sprintf("The environment variable %s is %q, which is no UUID.", variable, value)}
}
