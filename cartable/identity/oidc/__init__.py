"""Signing in to other applications with one's account here: an OpenID provider (OpenID Connect Core 1.0, code + PKCE).

An *application* is a client that an administrator registered. Each time a person signs in to one, an *authorization* begins:
the code, and the family of tokens that come of it. Whatever ends it (signing out, taking an application's access away, a code
or a token seen twice) ends all of them, at once and everywhere: every token is a row that is looked up.
"""
