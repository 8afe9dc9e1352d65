package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// readTarget is what was to be read, and how long that was allowed to take.
type readTarget struct {
	channel registry.Channel
	timeout time.Duration
}

// errorDiagnostic converts a read's error to a diagnostic, which says what was to
// be read, why that failed, and what to do next.
func errorDiagnostic(target readTarget, err error) diag.Diagnostic {
	channel := target.channel
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		switch e := cause.(type) { //nolint:errorlint // the loop unwraps
		case *registry.RevokedError:
			return revokedDiagnostic(channel, e.Iteration)
		case *registry.UnassignedError:
			return unassignedDiagnostic(channel)
		case *registry.ChannelNotFoundError:
			return channelNotFoundDiagnostic(channel, e.Known)
		case *registry.BucketNotFoundError:
			return bucketNotFoundDiagnostic(channel, e.Known)
		case *registry.RegistryInactiveError:
			return registryInactiveDiagnostic(channel, e.Deprovision)
		case *registry.RegistryNotFoundError:
			return registryNotFoundDiagnostic(channel)
		case *registry.ProjectNotFoundError:
			return projectNotFoundDiagnostic(channel)
		case *registry.NoOrganizationError:
			return noOrganizationDiagnostic(channel)
		case *registry.SeveralOrganizationsError:
			return severalOrganizationsDiagnostic(channel, e.Organizations)
		case *registry.NoProjectError:
			return noProjectDiagnostic(channel, e.OrganizationID)
		case *registry.NoMatchError:
			return noMatchDiagnostic(channel, e)
		case *stateTooLargeError:
			return stateTooLargeDiagnostic(channel, e)
		case *configError:
			return configDiagnostic(channel, e)
		case *internalError:
			return internalErrorDiagnostic(e)
		case *registry.Failure:
			return failureDiagnostic(target, e, err)
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return failureDiagnostic(target, &registry.Failure{Kind: registry.TimedOut}, err)
	case errors.Is(err, context.Canceled):
		return diag.NewErrorDiagnostic("Reading Was Cancelled",
			fmt.Sprintf("%s was not read, because Terraform was interrupted.\n\nRun Terraform again.", describeChannel(channel)))
	default:
		return diag.NewErrorDiagnostic("Reading HCP Packer Failed",
			fmt.Sprintf("%s could not be read: %s.\n\nRun Terraform again. If the error persists, report it to the provider's "+
				"developers with the log of TF_LOG_PROVIDER=DEBUG.", describeChannel(channel), oneLine(err.Error())))
	}
}

// describeChannel says which channel is meant, and where it is.
func describeChannel(channel registry.Channel) string {
	where := ""
	if channel.ProjectID != "" {
		where = " in HCP project " + channel.ProjectID
	}
	return fmt.Sprintf("Channel %q of bucket %q%s", channel.Name, channel.Bucket, where)
}

func revokedDiagnostic(channel registry.Channel, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), revokedSummary,
		fmt.Sprintf("%s points to an iteration that is revoked, so its images must not be used.\n\n%s\n\n"+
			"Assign an iteration that is approved for use to the channel in HCP Packer, or restore this one, then run "+
			"Terraform again.\n\n"+
			"To change what already runs on this iteration, set allow_revoked = true in the data source. This error is then a "+
			"warning, and new machines start on the revoked image. terraform destroy also needs it, unless you pass -refresh=false.",
			describeChannel(channel), revocationRows(iteration)))
}

func unassignedDiagnostic(channel registry.Channel) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Without Iteration",
		fmt.Sprintf("%s exists but has no iteration assigned. It may never have had one, or its iteration "+
			"was revoked: HCP then rolls the channel back to an earlier iteration, or to none.\n\n"+
			"Assign an iteration to the channel in HCP Packer, then run Terraform again. "+
			"terraform destroy -refresh=false works without one. To change other things until then, put the image's ID "+
			"in place of the data source.", describeChannel(channel)))
}

func channelNotFoundDiagnostic(channel registry.Channel, known registry.Names) diag.Diagnostic {
	if known.Suggestion == channel.Name {
		return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Cannot Be Read",
			fmt.Sprintf("%s cannot be read: HCP lists it, but also reports that it does not exist. It may have been created a moment "+
				"ago, or be restricted to other principals.\n\nRun Terraform again, or check the channel's restrictions in HCP Packer.",
				describeChannel(channel)))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Not Found",
		fmt.Sprintf("Bucket %q in HCP project %s has no channel %q.%s\n\n%s\n\n"+
			"Correct the name, or create the channel in HCP Packer.",
			channel.Bucket, channel.ProjectID, channel.Name, didYouMean(known), listNames("The bucket", "channels", known)))
}

func bucketNotFoundDiagnostic(channel registry.Channel, known registry.Names) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("bucket"), "Bucket Not Found",
		fmt.Sprintf("The HCP Packer registry of project %s has no bucket %q, so channel %q cannot be read.%s\n\n%s\n\n"+
			"Correct the name or the project, or publish to the bucket with Packer first.",
			channel.ProjectID, channel.Bucket, channel.Name, didYouMean(known), listNames("The registry", "buckets", known)))
}

func registryInactiveDiagnostic(channel registry.Channel, deprovision registry.Deprovision) diag.Diagnostic {
	var facts rows
	facts.add("Message", deprovision.Message)
	facts.add("Reason", deprovision.Reason)
	if !deprovision.At.IsZero() {
		facts.add("Since", formatDate(deprovision.At))
	}
	cause, remedy := "HCP gives no reason.", "Reactivate the registry in HCP Packer, then run Terraform again."
	if len(facts) > 0 {
		cause, remedy = "HCP gives this reason:\n\n"+facts.String(), "Resolve the cause, reactivate the registry in HCP Packer, then run Terraform again."
	}
	return diag.NewErrorDiagnostic("HCP Packer Registry Is Not Active",
		fmt.Sprintf("The HCP Packer registry of project %s is not active, so bucket %q, channel %q cannot be read. %s\n\n%s",
			channel.ProjectID, channel.Bucket, channel.Name, cause, remedy))
}

func registryNotFoundDiagnostic(channel registry.Channel) diag.Diagnostic {
	return diag.NewErrorDiagnostic("HCP Packer Registry Not Found",
		fmt.Sprintf("HCP project %s in organization %s has no HCP Packer registry, so bucket %q, channel %q cannot be read.\n\n"+
			"%s If they are right, create the registry in HCP.",
			channel.ProjectID, channel.OrganizationID, channel.Bucket, channel.Name, checkLocation))
}

// What to do about organization and project.
const (
	setLocation = "Set project_id or organization_id in the provider or the data source, " +
		"or HCP_PROJECT_ID or HCP_ORGANIZATION_ID in the environment."
	checkLocation = "Check project_id and organization_id in the provider and the data source, " +
		"and HCP_PROJECT_ID and HCP_ORGANIZATION_ID in the environment."
)

func projectNotFoundDiagnostic(channel registry.Channel) diag.Diagnostic {
	return diag.NewErrorDiagnostic("HCP Project Not Found",
		fmt.Sprintf("%s cannot be read: there is no such project, or the principal is not allowed to see it.\n\n%s",
			describeChannel(channel), checkLocation))
}

func noOrganizationDiagnostic(channel registry.Channel) diag.Diagnostic {
	return diag.NewErrorDiagnostic("HCP Organization Not Found",
		fmt.Sprintf("%s cannot be read: no project is set, and the principal belongs to no organization.\n\n%s",
			describeChannel(channel), setLocation))
}

func severalOrganizationsDiagnostic(channel registry.Channel, organizations []registry.Organization) diag.Diagnostic {
	var shown rows
	for _, organization := range organizations[:min(len(organizations), maxNames)] {
		shown.add(organization.ID, cmp.Or(oneLine(organization.Name), "without a name"))
	}
	return diag.NewErrorDiagnostic("Several HCP Organizations",
		fmt.Sprintf("%s cannot be read: no project is set, and the principal belongs to %d organizations:\n\n%s\n\n%s",
			describeChannel(channel), len(organizations), appendOmitted(shown.String(), len(organizations)-len(shown)), setLocation))
}

func noProjectDiagnostic(channel registry.Channel, organizationID string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Organization Without Project",
		fmt.Sprintf("%s cannot be read: no project is set, and organization %s has none that the principal is allowed to see.\n\n%s",
			describeChannel(channel), organizationID, setLocation))
}

func noMatchDiagnostic(channel registry.Channel, e *registry.NoMatchError) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(string(e.Criterion)), "No Image Matches",
		fmt.Sprintf("%s points to an iteration without a matching image.\n\n%s", describeChannel(channel), noMatchDetail(e)))
}

func stateTooLargeDiagnostic(channel registry.Channel, e *stateTooLargeError) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("bucket"), "Iteration Too Large",
		fmt.Sprintf("%s points to an iteration that is too large for Terraform. The state repeats the labels of a build for "+
			"each of its images:\n\n%s\n\n"+
			"Set region, component_type, cloud_provider or labels in the data source, so that fewer images match.",
			describeChannel(channel), rows{
				{"Images", fmt.Sprint(e.images)},
				{"Size", fmt.Sprintf("at least %d MiB", e.size>>20)},
				{"Maximum", fmt.Sprintf("%d MiB", e.maximum>>20)},
			}))
}

func configDiagnostic(channel registry.Channel, e *configError) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider Cannot Be Used As Configured",
		fmt.Sprintf("%s\n\nBucket %q, channel %q cannot be read with this configuration. Correct it, then run Terraform again.",
			e, channel.Bucket, channel.Name))
}

// invalidTimeoutDiagnostic reports a timeout that leaves no time.
func invalidTimeoutDiagnostic(timeout time.Duration) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("timeouts").AtName("read"), "Invalid Timeout",
		fmt.Sprintf(`timeouts.read is %s; it must be longer than zero, such as "5m".`, timeout))
}

// internalError is an error that only a bug can cause.
type internalError struct{ err error }

func (e *internalError) Error() string { return e.err.Error() }

func internalErrorDiagnostic(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Internal Provider Error",
		sentence(err.Error())+" Please report this to the provider's developers.")
}
