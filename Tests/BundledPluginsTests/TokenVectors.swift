/// Keys and tokens made with another implementation (Python's `cryptography`); who signed them is not kept. All say the same
/// of `sensor-1`, and expire in the year 2100.
enum TokenVectors {
    static let rs256 = """
        eyJhbGciOiAiUlMyNTYiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV\
        4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuYmYiOiAxNjAwMDAwMDAwLCA\
        icmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZW55IGFsbCB0b3BpYyBzZWN\
        yZXQvIyJdfQ.fpZOuv1y7kSvmLfg8eX5g0KK3Vqtew2mnl_Jjz3rwUYktk5dqEMWbrrJcPtn8YJDuyw-yeeYh_2QQbOyU5VGR0MH\
        QCwyYmxM9CPoXQEF2godVaVk1O54PDDyCOxFqHmD5h2-rTVDvqJ0mGQ0GRUt1__QFQe2IImhEwJMfUVGF1zcf_nTo8RVZZhkJuOv\
        XyLBnZSanTq63PP-IW1QBfor65Omhkk8u2OZnDYZCW7g8XTzruNJ8L-Z-DoRRJ-jzxgeEPKnwkXtwrJNCCFcZo6oC49CR9tUal2L\
        mA3ACnbhAi3xybcKYFAJcRBMIkeaIhREevbdipx5ZyHrn4QwAWFYKw
        """
    static let rs512 = """
        eyJhbGciOiAiUlM1MTIiLCAidHlwIjogIkpXVCIsICJraWQiOiAicnNhLTEifQ.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogI\
        mh0dHBzOi8vaXNzdWVyLmV4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuY\
        mYiOiAxNjAwMDAwMDAwLCAicmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZ\
        W55IGFsbCB0b3BpYyBzZWNyZXQvIyJdfQ.aWYfEbtUp6chlMD-y-oWqwtOzRqCkurwt609oUSsgMXGiU8Kt33KGrSW1grDGdkygu\
        slI0I2PhkBhbM6y9pLPmSG0IDed1_PZU9YD-EwDjiezc2aSW04VlD15yudyZY9VhuXrtJJnrQPPQ36E2IZ4xIHHcJebYybr58Z3P\
        bLqUNthypaAWVYZMfFsaUxFDIUH6eeQ7YKSciAx_18PbgExvUeoDm0_xIqRaHYb9q3Tkhv5fINlMU-Dwo8QoWLtwLUeHe9i8cYLM\
        XzhC_in0cenzdW1R9OnvOri82iJN3HQlwe7SprqfZIXb0EKanKY7s4U7kkiS4EG76RTcAPb7RUcQ
        """
    static let ps256 = """
        eyJhbGciOiAiUFMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAicnNhLTEifQ.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogI\
        mh0dHBzOi8vaXNzdWVyLmV4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuY\
        mYiOiAxNjAwMDAwMDAwLCAicmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZ\
        W55IGFsbCB0b3BpYyBzZWNyZXQvIyJdfQ.BwaQrf-S1O4iAefp-FmAN4irMnPhZBT5dK333GTw7iL2uAh-t748e2vparm16EQPRl\
        stn_k6w9BNPpiGN90IbjF-4vtj0K3MIHeTMm8PkcjdsJJn9O5vB61D8k1bcCBzWPQH0Mq5srTdv3bxg5ypgLLiJBBP4glbJNUCh1\
        Y0lsOvLjBb93dxaDciX94MDs_CNjMwmOYA_OBk8TO16EUqyUyPOeyLZ6EebLm29ioz-QkEFKTsijWBd8YOzVy3AQRVhalcqxmNE_\
        BRlrlAwMWEZg3VQ_pYRc8Wi2OQMki8LlXK6Q2nJii-qWRLynFKUrNjOdqfgLS6mUoBEkMnxxIRog
        """
    static let es256 = """
        eyJhbGciOiAiRVMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAiZWMtMSJ9.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogImh\
        0dHBzOi8vaXNzdWVyLmV4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuYmY\
        iOiAxNjAwMDAwMDAwLCAicmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZW5\
        5IGFsbCB0b3BpYyBzZWNyZXQvIyJdfQ.3DKOhCNuK6g0sNksOiAQenBNyhzWLRX2WlUdq8rFGVwf8jNSfXbIsse7INjYX7qjbQsq\
        OLObm7iYJeTyMLPRfw
        """
    static let eddsa = """
        eyJhbGciOiAiRWREU0EiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV\
        4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuYmYiOiAxNjAwMDAwMDAwLCA\
        icmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZW55IGFsbCB0b3BpYyBzZWN\
        yZXQvIyJdfQ.wFNyDp6ITJEeRF9bebUtLPGh_vl5MtzfQtS_Cb6AfsXRiFmJnDxEFBt__6pEGSZUG5yP0UDxZ0yOSUeC-rOgDg
        """
    static let hs256 = """
        eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV\
        4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuYmYiOiAxNjAwMDAwMDAwLCA\
        icmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZW55IGFsbCB0b3BpYyBzZWN\
        yZXQvIyJdfQ.XGrswVHKHYRrOeIYe_nUrJm8WE4dnfAXSFP6uIFtFXk
        """
    static let hs512 = """
        eyJhbGciOiAiSFM1MTIiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV\
        4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuYmYiOiAxNjAwMDAwMDAwLCA\
        icmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZW55IGFsbCB0b3BpYyBzZWN\
        yZXQvIyJdfQ.2mH6nJiYqvKt1VUz79c0gXrSaDmMISXDKwgpJjpaw9Qt37FJfzsjz4ay3Tfy9Bufx7MRQc_cemBLbMBtl3G0rg
        """
    /// HMAC with the RSA key's PEM as the secret, which is public.
    static let confused = """
        eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV\
        4YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuYmYiOiAxNjAwMDAwMDAwLCA\
        icmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZW55IGFsbCB0b3BpYyBzZWN\
        yZXQvIyJdfQ.2Ky7LMz9mCau_utGIGUqqPLn0iWYLuQsNolbtSFB-5g
        """
    /// Not signed at all.
    static let none = """
        eyJhbGciOiAibm9uZSIsICJ0eXAiOiAiSldUIn0.eyJzdWIiOiAic2Vuc29yLTEiLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV4\
        YW1wbGUiLCAiYXVkIjogWyJicm9rZXIiLCAib3RoZXIiXSwgImV4cCI6IDQxMDI0NDQ4MDAsICJuYmYiOiAxNjAwMDAwMDAwLCAi\
        cmlnaHRzIjogWyJhbGxvdyBwdWJsaXNoIHRvcGljIHNlbnNvcnMvJHt1c2VybmFtZX0vIyIsICJkZW55IGFsbCB0b3BpYyBzZWNy\
        ZXQvIyJdfQ.
        """
    static let rsaPEM = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAocFxMJCy8Jp9pcmD8PYp
        BoA6s7mEdlpXhz0VmiF6rJ2zQEKhAesCpgeLHwNqXmxKcwUvPf3OOVI8N68FbVTz
        HMPvjAsSIB+hlD0YCFCaNWwJpitI1Gsx/IXHz3GBj3nFXQElAojPQCFFt/KrCBoG
        D0kkfMxt9IDGTkfJygYllQ6dVoROZYzk6kZ2Eojq6QtRouVzZuxswsUlzerwOVPj
        +rtGBd+JUTb4qVyMRyVGglEPGbgVLZlFKbGIRl7MLSH0guQd+Af61QQTfZtIWK1k
        hCDALFUE/CjtToHE+WdW0LgNVGfbKoxj+OWjFy3otTaqm9BYtgtt2DpO9/O883PH
        8QIDAQAB
        -----END PUBLIC KEY-----

        """
    static let ecPEM = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAErT2watBplL9zEm0+DRG48DVflPtf
        EYsEvohuzoGF6zeAHNm+thqc5GXmak3GRrBuCLs25XTGBtfhbDPP4OKXYg==
        -----END PUBLIC KEY-----

        """
    static let edPEM = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAcQfNVNH71yEZqLZtluyszcr4TjiGQeMOEez1E5yibEA=
        -----END PUBLIC KEY-----

        """
    static let jwks = """
        {
         "keys": [
          {
           "kty": "RSA",
           "kid": "rsa-1",
           "use": "sig",
           "n": "ocFxMJCy8Jp9pcmD8PYpBoA6s7mEdlpXhz0VmiF6rJ2zQEKhAesCpgeLHwNqXmxKcwUvPf3OOVI8N68FbVTzHMPvjAs\
        SIB-hlD0YCFCaNWwJpitI1Gsx_IXHz3GBj3nFXQElAojPQCFFt_KrCBoGD0kkfMxt9IDGTkfJygYllQ6dVoROZYzk6kZ2Eojq6Qt\
        RouVzZuxswsUlzerwOVPj-rtGBd-JUTb4qVyMRyVGglEPGbgVLZlFKbGIRl7MLSH0guQd-Af61QQTfZtIWK1khCDALFUE_CjtToH\
        E-WdW0LgNVGfbKoxj-OWjFy3otTaqm9BYtgtt2DpO9_O883PH8Q",
           "e": "AQAB"
          },
          {
           "kty": "EC",
           "kid": "ec-1",
           "crv": "P-256",
           "x": "rT2watBplL9zEm0-DRG48DVflPtfEYsEvohuzoGF6zc",
           "y": "gBzZvrYanORl5mpNxkawbgi7NuV0xgbX4Wwzz-Dil2I",
           "alg": "ES256"
          },
          {
           "kty": "OKP",
           "crv": "Ed25519",
           "x": "cQfNVNH71yEZqLZtluyszcr4TjiGQeMOEez1E5yibEA"
          },
          {
           "kty": "oct",
           "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg"
          },
          {
           "kty": "RSA",
           "kid": "enc",
           "use": "enc",
           "n": "AA",
           "e": "AQAB"
          },
          {
           "kty": "new",
           "kid": "x"
          }
         ]
        }

        """
    /// What `hs256` and `hs512` were signed with.
    static let secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
}
