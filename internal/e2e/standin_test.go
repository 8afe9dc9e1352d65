package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Examples show real machines. The providers of these are large, and need an
// account, so stand-ins take their place: they have those resources and attributes
// that the examples use, and create nothing.

type (
	attributes = map[string]schema.Attribute
	inputs     = map[string]dataschema.Attribute
	blocks     = map[string]schema.Block
)

var (
	required = schema.StringAttribute{Required: true}
	optional = schema.StringAttribute{Optional: true}
	number   = schema.Int64Attribute{Optional: true}
	texts    = schema.SetAttribute{Optional: true, ElementType: types.StringType}
	pairs    = schema.MapAttribute{Optional: true, ElementType: types.StringType}
	// computed is unknown until it is created, and stays as it is then.
	computed = schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	// replacing replaces the resource when it changes.
	replacing = schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}

	input = dataschema.StringAttribute{Optional: true}
)

// block is a block, of which there may be several, with these attributes and blocks.
func block(attributes attributes, blocks blocks) schema.Block {
	return schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: attributes, Blocks: blocks}}
}

var (
	hcpImageType = types.ObjectType{AttrTypes: map[string]attr.Type{"image_id": types.StringType, "region": types.StringType}}
	hcpBuildType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"cloud_provider": types.StringType, "images": types.ListType{ElemType: hcpImageType},
	}}
)

// standIns are the providers of HashiCorp that have a stand-in.
var standIns = map[string]standIn{
	"aws": {
		config: providerschema.Schema{Attributes: map[string]providerschema.Attribute{"region": providerschema.StringAttribute{Optional: true}}},
		resources: map[string]schema.Schema{
			"aws_instance": {
				Attributes: attributes{"id": computed, "ami": replacing, "instance_type": required, "tags": pairs},
			},
			"aws_launch_template": {Attributes: attributes{
				"id": computed, "name": optional, "name_prefix": optional, "image_id": optional, "instance_type": optional,
				"update_default_version": schema.BoolAttribute{Optional: true}, "latest_version": schema.Int64Attribute{Computed: true},
			}},
			"aws_autoscaling_group": {
				Attributes: attributes{
					"id": computed, "name": optional, "min_size": number, "max_size": number, "desired_capacity": number,
					"availability_zones": texts, "vpc_zone_identifier": texts,
				},
				Blocks: blocks{
					"launch_template":  block(attributes{"id": optional, "version": optional}, nil),
					"instance_refresh": block(attributes{"strategy": required}, nil),
				},
			},
		},
		dataSources: map[string]standInData{
			"aws_instances": {
				inputs: inputs{"instance_tags": dataschema.MapAttribute{Optional: true, ElementType: types.StringType}},
				values: map[string]attr.Value{"ids": types.ListValueMust(types.StringType, []attr.Value{types.StringValue("i-0a1b2c3d4e5f60718")})},
			},
			"aws_instance": {
				inputs: inputs{"instance_id": input},
				values: map[string]attr.Value{"ami": types.StringValue("ami-0a7c3e9d1f5b28460")},
			},
		},
	},
	"azurerm": {
		config: providerschema.Schema{Blocks: map[string]providerschema.Block{"features": providerschema.ListNestedBlock{}}},
		resources: map[string]schema.Schema{"azurerm_linux_virtual_machine": {
			Attributes: attributes{
				"id": computed, "name": required, "resource_group_name": required, "location": required, "size": required,
				"admin_username": required, "source_image_id": replacing,
				"network_interface_ids": schema.ListAttribute{Required: true, ElementType: types.StringType},
			},
			Blocks: blocks{
				"admin_ssh_key": block(attributes{"username": required, "public_key": required}, nil),
				"os_disk":       block(attributes{"caching": required, "storage_account_type": required}, nil),
			},
		}},
	},
	"google": {
		resources: map[string]schema.Schema{"google_compute_instance": {
			Attributes: attributes{"id": computed, "name": required, "machine_type": required, "zone": optional},
			Blocks: blocks{
				"boot_disk":         block(nil, blocks{"initialize_params": block(attributes{"image": replacing}, nil)}),
				"network_interface": block(attributes{"network": optional}, nil),
			},
		}},
	},
	"hcp": {
		config: providerschema.Schema{
			Attributes: map[string]providerschema.Attribute{
				"project_id": providerschema.StringAttribute{Optional: true}, "skip_status_check": providerschema.BoolAttribute{Optional: true},
			},
			Blocks: map[string]providerschema.Block{
				"workload_identity": providerschema.ListNestedBlock{NestedObject: providerschema.NestedBlockObject{
					Attributes: map[string]providerschema.Attribute{
						"resource_name": providerschema.StringAttribute{Required: true}, "token_file": providerschema.StringAttribute{Optional: true},
					},
				}},
			},
		},
		resources: map[string]schema.Schema{
			"hcp_packer_channel":            {Attributes: attributes{"name": required, "bucket_name": required}},
			"hcp_service_principal":         {Attributes: attributes{"name": required, "parent": optional, "resource_id": computed, "resource_name": computed}},
			"hcp_project_iam_binding":       {Attributes: attributes{"project_id": optional, "principal_id": required, "role": required}},
			"hcp_packer_channel_assignment": {Attributes: attributes{"bucket_name": required, "channel_name": required, "version_fingerprint": required}},
			"hcp_iam_workload_identity_provider": {Attributes: attributes{
				"name": required, "service_principal": required, "description": optional, "conditional_access": required, "resource_name": computed,
				"oidc": schema.SingleNestedAttribute{Optional: true, Attributes: attributes{"issuer_uri": required}},
			}},
		},
		dataSources: map[string]standInData{
			"hcp_packer_version": {
				inputs: inputs{"bucket_name": input, "channel_name": input},
				values: map[string]attr.Value{"fingerprint": types.StringValue("01JBM4T9WQ2ZK8X3N5R7D1FHVC")},
			},
			"hcp_packer_artifact": {
				inputs: inputs{"bucket_name": input, "version_fingerprint": input, "platform": input, "region": input},
				values: map[string]attr.Value{"external_identifier": types.StringValue("ami-0f1d8c4a2b3e59671")},
			},
			"hcp_packer_image": {
				inputs: inputs{"bucket_name": input, "channel": input, "cloud_provider": input, "region": input},
				values: map[string]attr.Value{"cloud_image_id": types.StringValue("ami-0f1d8c4a2b3e59671")},
			},
			"hcp_packer_image_iteration": {
				inputs: inputs{"bucket_name": input, "channel": input},
				values: map[string]attr.Value{"builds": types.ListValueMust(hcpBuildType, []attr.Value{
					types.ObjectValueMust(hcpBuildType.AttrTypes, map[string]attr.Value{
						"cloud_provider": types.StringValue("aws"),
						"images": types.ListValueMust(hcpImageType, []attr.Value{types.ObjectValueMust(hcpImageType.AttrTypes, map[string]attr.Value{
							"image_id": types.StringValue("ami-0f1d8c4a2b3e59671"), "region": types.StringValue("us-east-1"),
						})}),
					}),
				})},
			},
		},
	},
}

// installStandIns puts links to this program into dir, each with the name of a
// provider, where Terraform finds and starts them.
func installStandIns(dir string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	for name := range standIns {
		err = errors.Join(err, os.Symlink(program, filepath.Join(dir, providerProgram(name))))
	}
	return err
}

// serveStandIn serves a stand-in, if this program was started by its name.
func serveStandIn() (served bool, err error) {
	for name, p := range standIns {
		if filepath.Base(os.Args[0]) == providerProgram(name) {
			return true, providerserver.Serve(context.Background(), func() provider.Provider { return p },
				providerserver.ServeOpts{Address: "registry.terraform.io/hashicorp/" + name})
		}
	}
	return false, nil
}

type standIn struct {
	config      providerschema.Schema
	resources   map[string]schema.Schema
	dataSources map[string]standInData
}

func (standIn) Metadata(context.Context, provider.MetadataRequest, *provider.MetadataResponse) {}
func (standIn) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p standIn) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = p.config
}

func (p standIn) Resources(context.Context) []func() resource.Resource {
	var constructors []func() resource.Resource
	for name, schema := range p.resources {
		constructors = append(constructors, func() resource.Resource { return standInResource{name, schema} })
	}
	return constructors
}

func (p standIn) DataSources(context.Context) []func() datasource.DataSource {
	var constructors []func() datasource.DataSource
	for name, data := range p.dataSources {
		constructors = append(constructors, func() datasource.DataSource { return standInDataSource{name, data} })
	}
	return constructors
}

// standInResource keeps in the state what was planned.
type standInResource struct {
	name   string
	schema schema.Schema
}

func (r standInResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.name
}

func (r standInResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (standInResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (standInResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func (standInResource) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if err := fill(&resp.State, req.Plan); err != nil {
		resp.Diagnostics.AddError("Stand-in", err.Error())
	}
}

func (standInResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if err := fill(&resp.State, req.Plan); err != nil {
		resp.Diagnostics.AddError("Stand-in", err.Error())
	}
}

// fill makes a state of a plan, with values for what is unknown.
func fill(state *tfsdk.State, plan tfsdk.Plan) error {
	filled, err := tftypes.Transform(plan.Raw, func(at *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		switch {
		case value.IsKnown():
			return value, nil
		case value.Type().Is(tftypes.Number):
			return tftypes.NewValue(tftypes.Number, 1), nil
		default:
			return tftypes.NewValue(tftypes.String, fmt.Sprint("made-up-", at.LastStep())), nil
		}
	})
	state.Raw = filled
	return err
}

// standInData are the inputs of a data source, and what it reads, whatever these are.
type standInData struct {
	inputs inputs
	values map[string]attr.Value
}

type standInDataSource struct {
	name string
	data standInData
}

func (d standInDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.name
}

func (d standInDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema.Attributes = maps.Clone(d.data.inputs)
	for name, value := range d.data.values {
		if list, ok := value.(types.List); ok {
			resp.Schema.Attributes[name] = dataschema.ListAttribute{Computed: true, ElementType: list.ElementType(ctx)}
		} else {
			resp.Schema.Attributes[name] = dataschema.StringAttribute{Computed: true}
		}
	}
}

func (d standInDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.State.Raw = req.Config.Raw
	for name, value := range d.data.values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}
