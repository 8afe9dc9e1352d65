package provider

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// providerModel is the provider's configuration block.
type providerModel struct {
	ClientID       types.String `tfsdk:"client_id"`
	ClientSecret   types.String `tfsdk:"client_secret"`
	OrganizationID types.String `tfsdk:"organization_id"`
	ProjectID      types.String `tfsdk:"project_id"`
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
type settingsError struct{ problem string }

func (e *settingsError) Error() string { return e.problem }

// connect makes a connection of the settings: those of the configuration, then
// those of the environment. It makes no request.
func (p *packerProvider) connect(model providerModel, terraformVersion string) *connection {
	cfg, location, err := settings(model, p.getenv)
	if err != nil {
		return &connection{err: err}
	}
	cfg.SourceChannel = "terraform-provider-packer/" + p.version
	cfg.UserAgent = fmt.Sprintf("%s Terraform/%s", cfg.SourceChannel, terraformVersion)
	client, err := hcp.NewClient(cfg)
	if err != nil {
		return &connection{err: &settingsError{err.Error()}}
	}
	return &connection{resolver: registry.NewResolver(client, p.now), location: location}
}

// settings resolves each setting: the configuration goes before the
// environment, and an empty variable counts as unset.
func settings(model providerModel, getenv func(string) string) (hcp.Config, registry.Location, error) {
	if unknown := model.unknown(); len(unknown) > 0 {
		return hcp.Config{}, registry.Location{}, &settingsError{fmt.Sprintf(
			"The provider's configuration depends on values that are known only after apply: %s. "+
				"Set them from variables, or first apply what they come from with -target.",
			strings.Join(unknown, ", "))}
	}
	location := registry.Location{
		OrganizationID: setting(model.OrganizationID, getenv, "HCP_ORGANIZATION_ID"),
		ProjectID:      setting(model.ProjectID, getenv, "HCP_PROJECT_ID"),
	}
	cfg := hcp.Config{
		Endpoints: hcp.Endpoints{
			APIAddress: getenv("HCP_API_ADDRESS"),
			AuthURL:    getenv("HCP_AUTH_URL"),
			APITLS:     getenv("HCP_API_TLS"),
			AuthTLS:    getenv("HCP_AUTH_TLS"),
		},
	}
	var err error
	cfg.ClientID, cfg.ClientSecret, err = clientCredentials(model, getenv)
	return cfg, location, errors.Join(err,
		checkUUID("HCP_ORGANIZATION_ID", location.OrganizationID),
		checkUUID("HCP_PROJECT_ID", location.ProjectID))
}

// clientCredentials returns both halves from the configuration or both from the
// environment, never one from each: they belong together.
func clientCredentials(model providerModel, getenv func(string) string) (id, secret string, err error) {
	if !model.ClientID.IsNull() {
		return model.ClientID.ValueString(), model.ClientSecret.ValueString(), nil
	}
	id, secret = getenv("HCP_CLIENT_ID"), getenv("HCP_CLIENT_SECRET")
	switch {
	case id != "" && secret == "":
		return "", "", &settingsError{"The environment sets HCP_CLIENT_ID without HCP_CLIENT_SECRET. Set both, or neither."}
	case id == "" && secret != "":
		return "", "", &settingsError{"The environment sets HCP_CLIENT_SECRET without HCP_CLIENT_ID. Set both, or neither."}
	default:
		return id, secret, nil
	}
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
	for _, attribute := range []struct {
		name  string
		value types.String
	}{
		{"client_id", m.ClientID},
		{"client_secret", m.ClientSecret},
		{"organization_id", m.OrganizationID},
		{"project_id", m.ProjectID},
	} {
		if attribute.value.IsUnknown() {
			names = append(names, attribute.name)
		}
	}
	return names
}

var uuidPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// checkUUID checks a value that may have come from a variable. One that came
// from the configuration has passed the same check at its attribute.
func checkUUID(variable, value string) error {
	if value == "" || uuidPattern.MatchString(value) {
		return nil
	}
	return &settingsError{fmt.Sprintf("The environment variable %s is %q, which is no UUID.", variable, value)}
}

// checkLocation makes sure that both halves of the location are known.
func checkLocation(at registry.Location) error {
	switch {
	case at.ProjectID == "":
		return &settingsError{"No HCP project is set. Set project_id in the data source or the provider, or HCP_PROJECT_ID in the environment."}
	case at.OrganizationID == "":
		return &settingsError{"No HCP organization is set. Set organization_id in the data source or the provider, or HCP_ORGANIZATION_ID in the environment."}
	default:
		return nil
	}
}
