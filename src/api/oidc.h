/* Where those come who sign in with a provider of OpenID Connect. */
#pragma once

struct oidc_desk;

struct oidc_desk *oidc_desk_create(void);
void oidc_desk_stop(struct oidc_desk *desk);		/* who waits for the provider is told to come again */
void oidc_desk_destroy(struct oidc_desk *desk);		/* no call is under way; NULL is fine */
