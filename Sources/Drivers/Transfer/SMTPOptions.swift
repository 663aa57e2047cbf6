import CCurl
import RemindersGround

extension EasyHandle {
    /// Connect, TLS, EHLO and AUTH as `server` says, and no transfer.
    func configure(for server: SMTPServer) {
        set(CURLOPT_URL, server.url)
        set(CURLOPT_PROTOCOLS_STR, server.security == .implicitTLS ? "smtps" : "smtp")
        set(CURLOPT_CONNECT_ONLY, 1)
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: server.connectTimeout)
        set(CURLOPT_TIMEOUT_MS, milliseconds: server.connectTimeout)
        // Their owner decides how long connections live; libcurl would close one it takes for idle.
        set(CURLOPT_MAXAGE_CONN, 86_400)
        if server.security == .startTLSRequired {
            // Not CURLUSESSL_TRY: that one goes on in clear text without a word.
            set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
        }
        if let caFile = server.caFile {
            set(CURLOPT_CAINFO, caFile)
            set(CURLOPT_CAPATH, nil)
        }
        configureAuthentication(server.authentication)
    }

    private func configureAuthentication(_ authentication: SMTPServer.Authentication) {
        switch authentication {
        case .none: break
        case .password(let user, let password):
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password.reveal())
            set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
        case .oauthBearer(let user, let token):
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_XOAUTH2_BEARER, token.reveal())
            set(CURLOPT_LOGIN_OPTIONS, "AUTH=OAUTHBEARER;AUTH=XOAUTH2")
        }
        // RFC 4954 4: the first response goes with the command and saves a round trip.
        set(CURLOPT_SASL_IR, 1)
    }
}
