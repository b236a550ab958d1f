export interface paths {
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Session
         * @description Who is signed in; never 401.
         */
        get: operations["get_session"];
        put?: never;
        /**
         * Sign In
         * @description Sign in by name and password, or by a one-time link; a session before it ends.
         */
        post: operations["sign_in"];
        /**
         * Sign Out
         * @description End this session.
         */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change Password
         * @description Set the caller's password; all the person's other sessions end.
         */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Collections
         * @description Collections the caller may see.
         */
        get: operations["list_collections"];
        put?: never;
        /**
         * Add Collection
         * @description Make a collection.
         */
        post: operations["add_collection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Collection
         * @description Remove an empty collection.
         */
        delete: operations["remove_collection"];
        options?: never;
        head?: never;
        /**
         * Rename Collection
         * @description Give a collection another name.
         */
        patch: operations["rename_collection"];
        trace?: never;
    };
    "/api/v1/collections/{collection_id}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Models
         * @description Which taxonomy a collection uses and how its summaries are; null is the default.
         */
        get: operations["get_models"];
        /**
         * Put Models
         * @description Choose them. With another taxonomy the collection's documents become stale.
         */
        put: operations["put_models"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Documents
         * @description Documents the caller may see, in pages. The counts ignore the status filter.
         */
        get: operations["list_documents"];
        put?: never;
        /**
         * Upload
         * @description Take files in. 201 when at least one was stored, 200 when all were here already.
         *
         *     The same content in the same collection gives the document that exists, so repeating a
         *     request (with or without an Idempotency-Key) never makes a second document.
         */
        post: operations["upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Samples
         * @description Take in the sample documents that come with the product; for administrators.
         */
        post: operations["samples"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Document
         * @description All that is known of a document but its text. The ETag is for If-Match.
         */
        get: operations["get_document"];
        put?: never;
        post?: never;
        /**
         * Delete Document
         * @description Put a document into the trash, or with ``purge`` remove one for good that is there.
         */
        delete: operations["delete_document"];
        options?: never;
        head?: never;
        /**
         * Change Document
         * @description Correct the category, rename, or move to another collection.
         */
        patch: operations["change_document"];
        trace?: never;
    };
    "/api/v1/documents/{document_id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore Document
         * @description Bring a document back from the trash.
         */
        post: operations["restore_document"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Document
         * @description Run a failed document again from the stage that failed.
         */
        post: operations["retry_document"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Document
         * @description End the work on a document; it stops within seconds, what was read stays.
         */
        post: operations["cancel_document"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/text": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Text
         * @description The text with its places; one page, or the first 200.
         */
        get: operations["get_text"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/pages/{number}.png": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Page Image
         * @description A page as a picture, at least ``width`` pixels wide up to 2400.
         */
        get: operations["get_page_image"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/original": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Original
         * @description The file as it was given to us, always as an attachment.
         */
        get: operations["get_original"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/hits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Hits
         * @description All places in this document that match the words of a query.
         */
        get: operations["get_hits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search
         * @description Find documents by words, by meaning, or both.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suggest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Suggest
         * @description Names and titles of visible documents that contain what was typed so far.
         */
        get: operations["suggest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Taxonomies
         * @description All taxonomies, with the number of visible documents under each label.
         */
        get: operations["list_taxonomies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Taxonomy
         * @description Store a taxonomy in place of the one with its name.
         */
        put: operations["put_taxonomy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import Taxonomy
         * @description Take a taxonomy in from YAML or JSON, under ``name`` or its own. Or say what it changes.
         */
        post: operations["import_taxonomy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Taxonomy
         * @description The taxonomy as a file that import reads.
         */
        get: operations["export_taxonomy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove Label
         * @description Take a label out; what models said of it is asked anew. Or say what it would do.
         */
        post: operations["remove_label"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge Labels
         * @description Make several labels one; their documents and examples go with it. Or say what it would do.
         */
        post: operations["merge_labels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rename Label
         * @description Give a label another name; its documents and examples go with it.
         */
        post: operations["rename_label"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Split Label
         * @description Make several labels of one; what people said goes to one of them, models are asked again.
         */
        post: operations["split_label"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo Change
         * @description Take the newest change back: labels, documents and examples are as before it.
         */
        post: operations["undo_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/taxonomies/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Versions
         * @description All changes of a taxonomy, newest first.
         */
        get: operations["list_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm
         * @description Say that the model's category, or summary, is right. Models learn from it.
         */
        post: operations["confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/category": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take Back Category
         * @description Undo a person's category: what the model had said counts again.
         */
        delete: operations["take_back_category"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Evidence
         * @description The passages that speak most for a label, each judged by itself.
         */
        get: operations["evidence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Summary
         * @description Put a person's summary in place of the model's; no model replaces it.
         */
        put: operations["put_summary"];
        post?: never;
        /**
         * Drop Summary
         * @description Have the model write a new summary.
         */
        delete: operations["drop_summary"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/review": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Review
         * @description Documents no model was sure about, the most uncertain first.
         *
         *     With ``writable`` only those whose category the caller may decide.
         */
        get: operations["review"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Examples
         * @description Examples whose documents the caller may see, newest first.
         */
        get: operations["list_examples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/labels/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count Examples
         * @description How many examples each label has, and how many came since the last training.
         */
        get: operations["count_examples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/labels/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import Examples
         * @description Take labelled rows in: JSON lines {text or document, label, summary?, split?}.
         *
         *     At most 4 MB at once: send larger files in pieces, or use `kb labels import`.
         */
        post: operations["import_examples"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/labels/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Examples
         * @description Examples with their lineage as JSON lines that import reads; those the caller may see.
         */
        get: operations["export_examples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/labels/{example_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Example
         * @description Forget an example; the document's label stays.
         */
        delete: operations["remove_example"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trainings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Trainings
         * @description Trainings, newest first.
         */
        get: operations["list_trainings"];
        put?: never;
        /**
         * Start Training
         * @description Freeze the training set and have it trained.
         */
        post: operations["start_training"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trainings/estimate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Estimate Training
         * @description What a training would take here, and what it would learn from.
         */
        post: operations["estimate_training"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trainings/{training_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Training
         * @description One training with its curves.
         */
        get: operations["get_training"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trainings/{training_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Training
         * @description Stop a training; its process ends within seconds.
         */
        post: operations["cancel_training"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trainings/{training_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Training
         * @description Go on with a training that failed or was cancelled, from its last checkpoint.
         */
        post: operations["retry_training"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Models
         * @description All versions, newest first.
         */
        get: operations["list_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Usage
         * @description Which path answered how many documents, with how many tokens, in how many seconds.
         */
        get: operations["get_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/stale": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count Stale
         * @description Documents whose category is an older model's word, among those the caller may see.
         */
        get: operations["count_stale"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/bases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Bases
         * @description Language models that trainings may stand on; ``kb models pull`` and ``import`` add some.
         */
        get: operations["list_bases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/redos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Redos
         * @description Bulk re-classifications, newest first.
         */
        get: operations["list_redos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/redo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start Redo
         * @description Have stale documents classified again by the model in service.
         */
        post: operations["start_redo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/redos/{redo_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause Redo
         * @description Stop where it is.
         */
        post: operations["pause_redo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/redos/{redo_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume Redo
         * @description Go on.
         */
        post: operations["resume_redo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/redos/{redo_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Redo
         * @description Give it up; what was done stays.
         */
        post: operations["cancel_redo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll Back
         * @description Put the model before back into service, and with it the labels it had given.
         */
        post: operations["roll_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Model
         * @description One version with its evaluation and card. What names documents is for administrators.
         */
        get: operations["get_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{name}/gate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Judge Model
         * @description Hold a model against the one in service on the same held-out examples.
         */
        post: operations["judge_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{name}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Promote Model
         * @description Put a model into service, unless it is worse than the one that serves.
         */
        post: operations["promote_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Jobs
         * @description Jobs of documents the caller may see, newest first.
         */
        get: operations["list_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Job
         * @description Run the document of a failed job again from the stage that failed.
         */
        post: operations["retry_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Job
         * @description End the work on the document of a job; it stops within seconds, what was read stays.
         */
        post: operations["cancel_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Pages
         * @description Pages of documents the caller may see whose quality is under ``below``, worst first.
         */
        get: operations["list_pages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{document_id}/pages/{number}/reread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reread Page
         * @description Have a page read again by the other OCR engine; the better reading is kept.
         */
        post: operations["reread_page"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Generations
         * @description All generations, oldest first.
         */
        get: operations["list_generations"];
        put?: never;
        /**
         * Start Generation
         * @description Begin to build a new index of everything or of one collection; the live one goes on.
         */
        post: operations["start_generation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generations/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll Back Generation
         * @description Put the previous generation back into service.
         */
        post: operations["roll_back_generation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generations/{generation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Generation
         * @description One generation, with what it answers to each golden query beside the one before.
         */
        get: operations["get_generation"];
        put?: never;
        post?: never;
        /**
         * Cancel Generation
         * @description Give a build up.
         */
        delete: operations["cancel_generation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generations/{generation_id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Activate Generation
         * @description Put a built generation into service; the one before stays for a rollback.
         */
        post: operations["activate_generation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generations/{generation_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause Generation
         * @description Stop a build where it is.
         */
        post: operations["pause_generation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generations/{generation_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume Generation
         * @description Go on with a paused build.
         */
        post: operations["resume_generation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/golden-queries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Golden Queries
         * @description The queries that every new index must answer, oldest first.
         */
        get: operations["list_golden_queries"];
        put?: never;
        /**
         * Put Golden Query
         * @description Keep a query with the documents that answer it; the same query again replaces them.
         */
        post: operations["put_golden_query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/golden-queries/{query_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Golden Query
         * @description Forget a golden query.
         */
        delete: operations["remove_golden_query"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Schedules
         * @description All schedules with their next runs and what became of the last ones.
         */
        get: operations["list_schedules"];
        put?: never;
        /**
         * Add Schedule
         * @description Re-index or train whenever the clock of a time zone meets a cron expression.
         */
        post: operations["add_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{schedule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Schedule
         * @description Forget a schedule; what it started goes on.
         */
        delete: operations["remove_schedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events
         * @description ``document`` events carry a DocumentRow, ``generation`` events (administrators) its state.
         *
         *     Rights are looked up anew for every batch; the stream ends when the session does.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Healthz
         * @description The process is alive.
         */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readyz
         * @description Whether searches and uploads can be served, and if not, what to do about it.
         */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Metrics
         * @description Figures for Prometheus: to this machine, or to an administrator's token.
         */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * ActivationIn
         * @description How a generation goes into service.
         */
        ActivationIn: {
            /**
             * Anyway
             * @default false
             */
            anyway: boolean;
        };
        /**
         * BaseList
         * @description Language models by name, and the memory that is free here.
         */
        BaseList: {
            /** Items */
            items: components["schemas"]["BaseOut"][];
            /** Available Mb */
            available_mb: number;
        };
        /**
         * BaseOut
         * @description A language model in the store that trainings may stand on.
         */
        BaseOut: {
            /** Name */
            name: string;
            /** Architecture */
            architecture: string;
            /** Parameters */
            parameters: number;
            /** Licence */
            licence: string;
            /** Context Tokens */
            context_tokens: number;
            /** Precision */
            precision: string;
            /** Memory Mb */
            memory_mb: {
                [key: string]: number;
            };
            /** Fits */
            fits: {
                [key: string]: boolean;
            };
            /** Source */
            source: string;
            /** Notes */
            notes: string[];
        };
        /**
         * BlockOut
         * @description A piece of a page; ``box`` in points from the top left.
         */
        BlockOut: {
            /** Kind */
            kind: string;
            /** Text */
            text: string;
            /** Box */
            box: [
                number,
                number,
                number,
                number
            ];
            /** Level */
            level?: number | null;
            /** Rows */
            rows?: string[][] | null;
            /** Confidence */
            confidence?: number | null;
        };
        /**
         * CategoryNames
         * @description A label; null where the model was unsure.
         */
        CategoryNames: {
            /** Name */
            name: string | null;
            /** Name Zh */
            name_zh: string | null;
            /** Name En */
            name_en: string | null;
        };
        /**
         * CategoryOut
         * @description The category of a document.
         */
        CategoryOut: {
            /** Name */
            name: string | null;
            /** Name Zh */
            name_zh: string | null;
            /** Name En */
            name_en: string | null;
            /** Confidence */
            confidence: number;
            /**
             * Source
             * @enum {string}
             */
            source: "model" | "person";
            /**
             * Stale
             * @default false
             */
            stale: boolean;
        };
        /**
         * ClassificationOut
         * @description The category with all its probabilities.
         */
        ClassificationOut: {
            /** Label */
            label: string | null;
            /** Confidence */
            confidence: number;
            /**
             * Source
             * @enum {string}
             */
            source: "model" | "person";
            /** Model */
            model: string;
            /** Path */
            path: string;
            /** Tokens */
            tokens: number;
            /** Seconds */
            seconds: number;
            /** Probabilities */
            probabilities: components["schemas"]["Probability"][];
        };
        /**
         * CollectionIn
         * @description A collection's name.
         */
        CollectionIn: {
            /** Name */
            name: string;
        };
        /**
         * CollectionList
         * @description Collections the caller may see.
         */
        CollectionList: {
            /** Items */
            items: components["schemas"]["CollectionOut"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * CollectionModels
         * @description What a collection wants of the models; a null taxonomy is the default one.
         */
        CollectionModels: {
            /** Taxonomy */
            taxonomy?: string | null;
            /** @default abstract */
            summary_length: components["schemas"]["SummaryLength"];
            /** @default document */
            summary_language: components["schemas"]["SummaryLanguage"];
        };
        /**
         * CollectionOut
         * @description A collection as the caller may use it.
         */
        CollectionOut: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Documents */
            documents: number;
            /** May Write */
            may_write: boolean;
            /** May Manage */
            may_manage: boolean;
        };
        /**
         * CollectionRef
         * @description A collection by name.
         */
        CollectionRef: {
            /** Id */
            id: number;
            /** Name */
            name: string;
        };
        /**
         * ConfirmIn
         * @description What is right as the model said it.
         */
        ConfirmIn: {
            /**
             * Category
             * @default false
             */
            category: boolean;
            /**
             * Summary
             * @default false
             */
            summary: boolean;
        };
        /**
         * Counts
         * @description Documents of the whole list by status.
         */
        Counts: {
            /** Total */
            total: number;
            /** By Status */
            by_status: {
                [key: string]: number;
            };
        };
        /**
         * Coverage
         * @description How much of the document the summary rests on.
         */
        Coverage: {
            /** Windows Read */
            windows_read: number;
            /** Windows Total */
            windows_total: number;
        };
        /**
         * DocumentDetail
         * @description All that is known of a document but its text.
         */
        DocumentDetail: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Path */
            path: string;
            /** Title */
            title: string;
            collection: components["schemas"]["CollectionRef"];
            /**
             * Status
             * @enum {string}
             */
            status: "received" | "parsing" | "searchable" | "enriching" | "ready" | "failed" | "deleted";
            /** Format */
            format: string;
            /** Media Type */
            media_type: string;
            /** Size */
            size: number;
            /** Pages */
            pages: number | null;
            /** Language */
            language: string | null;
            category: components["schemas"]["CategoryOut"] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string | null;
            progress: components["schemas"]["Progress"] | null;
            error: components["schemas"]["StageError"] | null;
            /** Deleted At */
            deleted_at: string | null;
            /** Sha256 */
            sha256: string;
            /** Version */
            version: number;
            summary: components["schemas"]["SummaryOut"] | null;
            classification: components["schemas"]["ClassificationOut"] | null;
            /** Stages */
            stages: components["schemas"]["StageOut"][];
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Warnings */
            warnings: string[];
            /** Page List */
            page_list: components["schemas"]["PageOut"][];
            parent: components["schemas"]["DocumentRefOut"] | null;
            /** Children */
            children: components["schemas"]["DocumentRefOut"][];
        };
        /**
         * DocumentList
         * @description A page of a list of documents.
         */
        DocumentList: {
            /** Items */
            items: components["schemas"]["DocumentRow"][];
            /** Next Cursor */
            next_cursor: string | null;
            counts: components["schemas"]["Counts"];
        };
        /**
         * DocumentPatch
         * @description What a person may change. ``category`` null means: no label fits.
         */
        DocumentPatch: {
            /** Category */
            category?: string | null;
            /** Title */
            title?: string | null;
            /** Collection */
            collection?: number | null;
        };
        /**
         * DocumentRefOut
         * @description A document as another one points to it.
         */
        DocumentRefOut: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /**
             * Status
             * @enum {string}
             */
            status: "received" | "parsing" | "searchable" | "enriching" | "ready" | "failed" | "deleted";
            /** Format */
            format: string;
        };
        /**
         * DocumentRow
         * @description A document as lists show it.
         */
        DocumentRow: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Path */
            path: string;
            /** Title */
            title: string;
            collection: components["schemas"]["CollectionRef"];
            /**
             * Status
             * @enum {string}
             */
            status: "received" | "parsing" | "searchable" | "enriching" | "ready" | "failed" | "deleted";
            /** Format */
            format: string;
            /** Media Type */
            media_type: string;
            /** Size */
            size: number;
            /** Pages */
            pages: number | null;
            /** Language */
            language: string | null;
            category: components["schemas"]["CategoryOut"] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string | null;
            progress: components["schemas"]["Progress"] | null;
            error: components["schemas"]["StageError"] | null;
            /** Deleted At */
            deleted_at: string | null;
        };
        /**
         * EstimateOut
         * @description What a training would take here.
         */
        EstimateOut: {
            /** Seconds */
            seconds: number;
            /** Memory Mb */
            memory_mb: number;
            /** Fits */
            fits: boolean;
            /** Basis */
            basis: string;
            /** Examples */
            examples: {
                [key: string]: number;
            };
            /** Labels */
            labels: {
                [key: string]: number;
            };
            /** Origins */
            origins: {
                [key: string]: number;
            };
            /** Left Out */
            left_out: {
                [key: string]: unknown;
            }[];
        };
        /**
         * EvidenceOut
         * @description Passages that speak most for a label, best first.
         */
        EvidenceOut: {
            /** Label */
            label: string;
            /** Model */
            model: string;
            /** Looked At */
            looked_at: number;
            /** Total */
            total: number;
            /** Passages */
            passages: components["schemas"]["EvidencePassage"][];
        };
        /**
         * EvidencePassage
         * @description A passage and how far it speaks for the label by itself.
         */
        EvidencePassage: {
            /** Passage */
            passage: number;
            /** Page */
            page: number;
            /** Text */
            text: string;
            /** Heading Path */
            heading_path: string[];
            /** Probability */
            probability: number;
            /** Boxes */
            boxes: components["schemas"]["PlacedBoxOut"][];
        };
        /**
         * ExampleList
         * @description Examples, newest first.
         */
        ExampleList: {
            /** Items */
            items: components["schemas"]["ExampleOut"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * ExampleOut
         * @description What a person said, with its lineage.
         */
        ExampleOut: {
            /** Id */
            id: number;
            /** Taxonomy */
            taxonomy: string | null;
            /** Document */
            document: number | null;
            /** Collection */
            collection: string | null;
            /** Name */
            name: string;
            /** Label */
            label: string | null;
            /** Summary */
            summary: string | null;
            /** Split */
            split: string | null;
            /** Origin */
            origin: string;
            /** By */
            by: string | null;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Model */
            model: string | null;
            /** Model Said */
            model_said: string | null;
        };
        /**
         * FacetOut
         * @description How many found documents share a value.
         */
        FacetOut: {
            /** Value */
            value: string;
            /** Label */
            label: string;
            /** Count */
            count: number;
        };
        /**
         * FacetsOut
         * @description Counts over what the caller may see.
         */
        FacetsOut: {
            /** Collection */
            collection: components["schemas"]["FacetOut"][];
            /** Category */
            category: components["schemas"]["FacetOut"][];
            /** Language */
            language: components["schemas"]["FacetOut"][];
            /** Format */
            format: components["schemas"]["FacetOut"][];
        };
        /**
         * Flip
         * @description What happens to a generation that passed its gates.
         * @enum {string}
         */
        Flip: "automatic" | "manual";
        /**
         * GateOut
         * @description One check of a new generation.
         */
        GateOut: {
            /** Name */
            name: string;
            /** Passed */
            passed: boolean;
            /** Figures */
            figures: {
                [key: string]: unknown;
            };
        };
        /**
         * GenerationIn
         * @description What to build; without a collection, everything.
         */
        GenerationIn: {
            /** Collection */
            collection?: number | null;
            /** @default automatic */
            flip: components["schemas"]["Flip"];
            /** Embedder */
            embedder?: string | null;
        };
        /**
         * GenerationList
         * @description All generations, oldest first.
         */
        GenerationList: {
            /** Items */
            items: components["schemas"]["GenerationOut"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * GenerationOut
         * @description A complete index.
         */
        GenerationOut: {
            /** Id */
            id: number;
            /** State */
            state: string;
            /** Embedder */
            embedder: string;
            /** Passages */
            passages: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Activated At */
            activated_at: string | null;
            collection?: components["schemas"]["CollectionRef"] | null;
            /** @default automatic */
            flip: components["schemas"]["Flip"];
            /**
             * Started By
             * @default
             */
            started_by: string;
            progress?: components["schemas"]["GenerationProgress"] | null;
            pace?: components["schemas"]["PaceOut"] | null;
            /** Gates */
            gates?: components["schemas"]["GateOut"][] | null;
            /**
             * Outdated
             * @default false
             */
            outdated: boolean;
            /** Refused */
            refused?: string | null;
            /** Side By Side */
            side_by_side?: components["schemas"]["SideBySide"][] | null;
        };
        /**
         * GenerationProgress
         * @description How far a build is, in passages.
         */
        GenerationProgress: {
            /** Done */
            done: number;
            /** Total */
            total: number;
        };
        /**
         * GoldenIn
         * @description A query with the documents that answer it.
         */
        GoldenIn: {
            /** Query */
            query: string;
            /** Documents */
            documents: number[];
        };
        /**
         * GoldenList
         * @description All golden queries, oldest first.
         */
        GoldenList: {
            /** Items */
            items: components["schemas"]["GoldenOut"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * GoldenOut
         * @description A golden query.
         */
        GoldenOut: {
            /** Id */
            id: number;
            /** Query */
            query: string;
            /** Documents */
            documents: components["schemas"]["RankedDocument"][];
            /** Created By */
            created_by: string | null;
            /** Created At */
            created_at: string | null;
        };
        /**
         * GoneLabel
         * @description A label that a file no longer has, with what stands under it.
         */
        GoneLabel: {
            /** Label */
            label: string;
            /** Documents By Person */
            documents_by_person: number;
            /** Documents By Model */
            documents_by_model: number;
            /** Examples */
            examples: number;
        };
        /**
         * HitOut
         * @description A found document with its best passage.
         */
        HitOut: {
            /** Document */
            document: number;
            /** Version */
            version: number;
            /** Passage */
            passage: number;
            /** Name */
            name: string;
            /** Title */
            title: string;
            /** Path */
            path: string;
            collection: components["schemas"]["CollectionRef"];
            /** Format */
            format: string;
            category: components["schemas"]["CategoryNames"] | null;
            /** Language */
            language: string | null;
            /** Page */
            page: number;
            /** Boxes */
            boxes: components["schemas"]["PlacedBoxOut"][];
            /** Score */
            score: number;
            /**
             * Found By
             * @enum {string}
             */
            found_by: "words" | "meaning" | "both";
            /** Heading Path */
            heading_path: string[];
            /** Snippet */
            snippet: string;
            /** Highlights */
            highlights: [
                number,
                number
            ][];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
        };
        /**
         * HitsOut
         * @description All places in a document that match the words of a query.
         */
        HitsOut: {
            /** Pages */
            pages: components["schemas"]["PageHits"][];
            /** Total */
            total: number;
        };
        /**
         * ImportedOut
         * @description What became of a file.
         */
        ImportedOut: {
            /** Taxonomy */
            taxonomy: string;
            /** New */
            new: number;
            /** Same */
            same: number;
            /** Changed */
            changed: number;
            /** Refused */
            refused: number;
            /** Rows */
            rows: components["schemas"]["RefusedRow"][];
            /** Labels */
            labels: {
                [key: string]: number;
            };
        };
        /**
         * JobList
         * @description Jobs, newest first.
         */
        JobList: {
            /** Items */
            items: components["schemas"]["JobOut"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * JobOut
         * @description One run of a stage.
         */
        JobOut: {
            /** Id */
            id: number;
            /** Document */
            document: number | null;
            /** Document Name */
            document_name: string | null;
            /** Stage */
            stage: string;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "done" | "failed" | "cancelled";
            /** Attempt */
            attempt: number;
            /** Queue */
            queue: string;
            /** Done */
            done: number;
            /** Total */
            total: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
            error?: components["schemas"]["StageError"] | null;
        };
        /**
         * JobState
         * @description State of one run of a stage.
         * @enum {string}
         */
        JobState: "queued" | "running" | "done" | "failed" | "cancelled";
        /**
         * LabelCount
         * @description Examples of a label, by split.
         */
        LabelCount: {
            /** Label */
            label: string;
            /** Name Zh */
            name_zh: string;
            /** Name En */
            name_en: string;
            /** Train */
            train: number;
            /** Validation */
            validation: number;
            /** Test */
            test: number;
            /** Unassigned */
            unassigned: number;
            /** Total */
            total: number;
        };
        /**
         * LabelCounts
         * @description How much there is to learn from.
         */
        LabelCounts: {
            /** Taxonomy */
            taxonomy: string;
            /** Labels */
            labels: components["schemas"]["LabelCount"][];
            /** Total */
            total: number;
            /** Since Last Training */
            since_last_training: number;
        };
        /**
         * LabelShape
         * @description One category. ``documents`` is given back, not taken in.
         */
        LabelShape: {
            /** Name */
            name: string;
            /** Name Zh */
            name_zh: string;
            /** Name En */
            name_en: string;
            /**
             * Description Zh
             * @default
             */
            description_zh: string;
            /**
             * Description En
             * @default
             */
            description_en: string;
            /** Parent */
            parent?: string | null;
            /** Examples */
            examples?: string[];
            /**
             * Documents
             * @default 0
             */
            documents: number;
        };
        /**
         * LedgerOut
         * @description How well a page was read; null is "not measured".
         */
        LedgerOut: {
            /** Engine */
            engine: string;
            /** Confidence */
            confidence: number | null;
            /** Unknown Glyphs */
            unknown_glyphs: number | null;
            /** Table Score */
            table_score: number | null;
            /** Dropped */
            dropped: string[];
            /** Reread By */
            reread_by: string;
        };
        /**
         * MergeIn
         * @description Labels that become one.
         */
        MergeIn: {
            /** Labels */
            labels: string[];
            /** Into */
            into: string;
            /**
             * Preview
             * @default false
             */
            preview: boolean;
        };
        /**
         * Missed
         * @description What becomes of slots that passed while nothing ran.
         * @enum {string}
         */
        Missed: "once" | "skip";
        /**
         * ModelDetail
         * @description A version with its evaluation and card.
         */
        ModelDetail: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Task */
            task: string;
            /** Method */
            method: string;
            /** Taxonomy */
            taxonomy: string;
            /** Base */
            base: string;
            /** State */
            state: string;
            /** Aliases */
            aliases: string[];
            /** Metrics */
            metrics: {
                [key: string]: number;
            };
            /** Baselines */
            baselines: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** Gate */
            gate: {
                [key: string]: unknown;
            } | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string | null;
            /** Training */
            training: number | null;
            /** Exported From */
            exported_from: string | null;
            /** Export */
            export: {
                [key: string]: unknown;
            } | null;
            /** Exports */
            exports: string[];
            /** Size Mb */
            size_mb: number;
            /** Report */
            report: {
                [key: string]: unknown;
            };
            /** Card */
            card: string;
            /** Files */
            files: {
                [key: string]: string;
            };
        };
        /**
         * ModelList
         * @description Versions, newest first.
         */
        ModelList: {
            /** Items */
            items: components["schemas"]["ModelOut"][];
        };
        /**
         * ModelOut
         * @description A version in the registry.
         */
        ModelOut: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Task */
            task: string;
            /** Method */
            method: string;
            /** Taxonomy */
            taxonomy: string;
            /** Base */
            base: string;
            /** State */
            state: string;
            /** Aliases */
            aliases: string[];
            /** Metrics */
            metrics: {
                [key: string]: number;
            };
            /** Baselines */
            baselines: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** Gate */
            gate: {
                [key: string]: unknown;
            } | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string | null;
            /** Training */
            training: number | null;
        };
        /**
         * ModelTask
         * @description What a model of ours says about a document.
         * @enum {string}
         */
        ModelTask: "classifier" | "summariser";
        /**
         * PaceOut
         * @description How fast a build goes, and what holds it back.
         */
        PaceOut: {
            /** Share */
            share: number;
            /** Target Ms */
            target_ms: number;
            /** Before Ms */
            before_ms: number | null;
            /** Now Ms */
            now_ms: number | null;
            /** Passages Per Second */
            passages_per_second: number;
        };
        /**
         * PageHits
         * @description Places on one page.
         */
        PageHits: {
            /** Number */
            number: number;
            /** Boxes */
            boxes: [
                number,
                number,
                number,
                number
            ][];
        };
        /**
         * PageOut
         * @description A page without its text. Width and height in points.
         */
        PageOut: {
            /** Number */
            number: number;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /**
             * Source
             * @enum {string}
             */
            source: "text" | "ocr";
            /** Quality */
            quality: number;
            /** Warnings */
            warnings: string[];
            ledger: components["schemas"]["LedgerOut"];
            /** Reasons */
            reasons: ("no_text" | "ocr_unsure" | "unknown_glyphs" | "weak_table" | "dropped")[];
        };
        /**
         * PasswordChange
         * @description A new password; ``current`` is needed where there is one.
         */
        PasswordChange: {
            /** Current */
            current?: string | null;
            /** New */
            new: string;
        };
        /**
         * PlacedBoxOut
         * @description A rectangle on a page.
         */
        PlacedBoxOut: {
            /** Page */
            page: number;
            /** Box */
            box: [
                number,
                number,
                number,
                number
            ];
        };
        /**
         * PlanIn
         * @description What shall be trained, and how.
         */
        PlanIn: {
            /** @default classifier */
            task: components["schemas"]["ModelTask"];
            /** @default head */
            method: components["schemas"]["TrainingMethod"];
            /**
             * Taxonomy
             * @default
             */
            taxonomy: string;
            /**
             * Base
             * @default
             */
            base: string;
            /**
             * Epochs
             * @default 2
             */
            epochs: number;
            /**
             * Learning Rate
             * @default 0.00003
             */
            learning_rate: number;
            /**
             * Search
             * @default false
             */
            search: boolean;
            /**
             * Rank
             * @default 16
             */
            rank: number;
            /**
             * Batch Size
             * @default 8
             */
            batch_size: number;
            /**
             * Max Tokens
             * @default 512
             */
            max_tokens: number;
            /**
             * Wanted Precision
             * @default 0.98
             */
            wanted_precision: number;
            /**
             * Seed
             * @default 0
             */
            seed: number;
        };
        /**
         * PointOut
         * @description A point of a training's curves.
         */
        PointOut: {
            /** Step */
            step: number;
            /** Figures */
            figures: {
                [key: string]: number;
            };
        };
        /**
         * Probability
         * @description How probable a label is, 0..1.
         */
        Probability: {
            /** Name */
            name: string;
            /** Name Zh */
            name_zh: string;
            /** Name En */
            name_en: string;
            /** Probability */
            probability: number;
        };
        /**
         * Problem
         * @description A failure (RFC 9457).
         */
        Problem: {
            /** Type */
            type: string;
            /** Title */
            title: string;
            /** Status */
            status: number;
            /** Detail */
            detail: string;
            /** Code */
            code: string;
            /** Instance */
            instance: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * ProblemFound
         * @description Something that keeps the server from doing its work, and what to do about it.
         */
        ProblemFound: {
            /** Code */
            code: string;
            /** Message */
            message: string;
            /** Remedy */
            remedy: string;
        };
        /**
         * Progress
         * @description How far the running stage is; ``total`` 0 while unknown.
         */
        Progress: {
            /** Stage */
            stage: string;
            /** Done */
            done: number;
            /** Total */
            total: number;
        };
        /**
         * RankedDocument
         * @description A document in an answer.
         */
        RankedDocument: {
            /** Document */
            document: number;
            /** Name */
            name: string;
        };
        /**
         * Readiness
         * @description Whether searches and uploads can be served.
         */
        Readiness: {
            /** Ready */
            ready: boolean;
            /** Problems */
            problems: components["schemas"]["ProblemFound"][];
        };
        /**
         * RedoIn
         * @description Which stale documents shall be classified again, and how fast.
         */
        RedoIn: {
            /** Taxonomy */
            taxonomy?: string | null;
            /** Collection */
            collection?: number | null;
            /**
             * Per Minute
             * @default 0
             */
            per_minute: number;
        };
        /**
         * RedoList
         * @description Newest first.
         */
        RedoList: {
            /** Items */
            items: components["schemas"]["RedoOut"][];
        };
        /**
         * RedoOut
         * @description One bulk re-classification.
         */
        RedoOut: {
            /** Id */
            id: number;
            /** State */
            state: string;
            /** Taxonomy */
            taxonomy: string | null;
            /** Collection */
            collection: number | null;
            /** Done */
            done: number;
            /** Failed */
            failed: number;
            /** Total */
            total: number;
            /** Per Minute */
            per_minute: number;
            /** Created By */
            created_by: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Finished At */
            finished_at: string | null;
        };
        /**
         * RefusedRow
         * @description A row that was not taken in.
         */
        RefusedRow: {
            /** Row */
            row: number;
            /** Reason */
            reason: string;
            /** Reason Zh */
            reason_zh: string;
        };
        /**
         * RemoveIn
         * @description A label that goes.
         */
        RemoveIn: {
            /** Label */
            label: string;
            /**
             * Preview
             * @default false
             */
            preview: boolean;
        };
        /**
         * RenameIn
         * @description A label's new name.
         */
        RenameIn: {
            /** Label */
            label: string;
            /** To */
            to: string;
            /** Name Zh */
            name_zh?: string | null;
            /** Name En */
            name_en?: string | null;
            /**
             * Preview
             * @default false
             */
            preview: boolean;
        };
        /**
         * RereadIn
         * @description Which engine reads the page again; "" is the one that did not read it.
         */
        RereadIn: {
            /**
             * Engine
             * @default
             * @enum {string}
             */
            engine: "" | "rapidocr" | "tesseract";
        };
        /**
         * ReviewItem
         * @description A document that waits for a person.
         */
        ReviewItem: {
            document: components["schemas"]["DocumentRow"];
            /** Uncertainty */
            uncertainty: number;
            /** Probabilities */
            probabilities: components["schemas"]["Probability"][];
        };
        /**
         * ReviewList
         * @description Documents no model was sure about, the most uncertain first.
         */
        ReviewList: {
            /** Items */
            items: components["schemas"]["ReviewItem"][];
            /** Total */
            total: number;
        };
        /**
         * RollbackIn
         * @description Where the model before shall serve again.
         */
        RollbackIn: {
            /** @default classifier */
            task: components["schemas"]["ModelTask"];
            /**
             * Taxonomy
             * @default
             */
            taxonomy: string;
        };
        /**
         * RollbackOut
         * @description Who went, who serves now (null: the built-in one), how many labels are back.
         */
        RollbackOut: {
            /** Gone */
            gone: string;
            /** Now */
            now: string | null;
            /** Restored */
            restored: number;
        };
        /**
         * RunOut
         * @description What became of a slot of a schedule.
         */
        RunOut: {
            /**
             * Slot
             * Format: date-time
             */
            slot: string;
            /** Outcome */
            outcome: string;
            /** Started */
            started: number | null;
            /** Reason */
            reason: string | null;
            /** Missed */
            missed?: number | null;
        };
        /**
         * ScheduleIn
         * @description A schedule to be made.
         */
        ScheduleIn: {
            /**
             * Action
             * @default reindex
             * @enum {string}
             */
            action: "reindex" | "train";
            /** Cron */
            cron: string;
            /**
             * Time Zone
             * @default
             */
            time_zone: string;
            /** @default once */
            missed: components["schemas"]["Missed"];
            /** Collection */
            collection?: number | null;
            /** @default automatic */
            flip: components["schemas"]["Flip"];
        };
        /**
         * ScheduleList
         * @description All schedules.
         */
        ScheduleList: {
            /** Items */
            items: components["schemas"]["ScheduleOut"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * ScheduleOut
         * @description A recurring action.
         */
        ScheduleOut: {
            /** Id */
            id: number;
            /** Action */
            action: string;
            /** Cron */
            cron: string;
            /** Time Zone */
            time_zone: string;
            missed: components["schemas"]["Missed"];
            collection?: components["schemas"]["CollectionRef"] | null;
            /** @default automatic */
            flip: components["schemas"]["Flip"];
            /**
             * Next Run
             * Format: date-time
             */
            next_run: string;
            /** Runs */
            runs: components["schemas"]["RunOut"][];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
        };
        /**
         * SearchMode
         * @description Which evidence is used.
         * @enum {string}
         */
        SearchMode: "hybrid" | "lexical" | "vector";
        /**
         * SearchOut
         * @description The answer to a query.
         */
        SearchOut: {
            /** Query */
            query: string;
            /**
             * Mode
             * @enum {string}
             */
            mode: "hybrid" | "lexical" | "vector";
            /** Took Ms */
            took_ms: number;
            /** Generation */
            generation: number | null;
            /** Notice */
            notice: string | null;
            /** Total */
            total: number;
            /** Hits */
            hits: components["schemas"]["HitOut"][];
            facets: components["schemas"]["FacetsOut"];
        };
        /**
         * SentenceOut
         * @description A sentence of a summary; no sources means unsupported.
         */
        SentenceOut: {
            /** Text */
            text: string;
            /** Sources */
            sources: components["schemas"]["SourceOut"][];
        };
        /**
         * SessionOut
         * @description Who is signed in and what the page needs to begin.
         */
        SessionOut: {
            user: components["schemas"]["UserOut"] | null;
            /** Csrf Token */
            csrf_token: string;
            /** Version */
            version: string;
            /** Needs Setup */
            needs_setup: boolean;
            /** Samples */
            samples: boolean;
            upload: components["schemas"]["UploadLimits"];
        };
        /**
         * SideBySide
         * @description What the live and the new generation answer to one query.
         */
        SideBySide: {
            /** Query */
            query: string;
            /** Kept */
            kept: boolean;
            /** Wanted */
            wanted: components["schemas"]["RankedDocument"][];
            /** Live Rank */
            live_rank: number | null;
            /** New Rank */
            new_rank: number | null;
            /** Live */
            live: components["schemas"]["RankedDocument"][];
            /** New */
            new: components["schemas"]["RankedDocument"][];
        };
        /**
         * SignIn
         * @description A name with a password, or the token of a one-time link.
         */
        SignIn: {
            /**
             * Name
             * @default
             */
            name: string;
            /**
             * Password
             * @default
             */
            password: string;
            /**
             * Link Token
             * @default
             */
            link_token: string;
        };
        /**
         * SourceOut
         * @description Where a sentence comes from.
         */
        SourceOut: {
            /** Passage */
            passage: number;
            /** Page */
            page: number;
        };
        /**
         * SplitIn
         * @description A label that becomes several.
         */
        SplitIn: {
            /** Label */
            label: string;
            /** Into */
            into: components["schemas"]["LabelShape"][];
            /** Inherits */
            inherits?: string | null;
            /**
             * Preview
             * @default false
             */
            preview: boolean;
        };
        /**
         * StageError
         * @description Why a stage failed, for people.
         */
        StageError: {
            /** Stage */
            stage: string;
            /** Code */
            code: string;
            /** Message */
            message: string;
            /** Retryable */
            retryable: boolean;
        };
        /**
         * StageOut
         * @description One stage of a document's way.
         */
        StageOut: {
            /** Stage */
            stage: string;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "done" | "failed" | "cancelled";
            /** Attempt */
            attempt: number;
            /** Job */
            job: number;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
            /** Done */
            done: number;
            /** Total */
            total: number;
            error?: components["schemas"]["StageError"] | null;
        };
        /**
         * StaleOut
         * @description Documents whose category is an older model's word.
         */
        StaleOut: {
            /** Stale */
            stale: number;
            /** Documents */
            documents: number;
        };
        /**
         * StepProgress
         * @description How far something is.
         */
        StepProgress: {
            /** Done */
            done: number;
            /** Total */
            total: number;
        };
        /**
         * SuggestOut
         * @description Completions, best first.
         */
        SuggestOut: {
            /** Items */
            items: components["schemas"]["SuggestionOut"][];
        };
        /**
         * SuggestionOut
         * @description A completion of what is being typed.
         */
        SuggestionOut: {
            /** Text */
            text: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "document" | "term";
            /** Document */
            document?: number | null;
        };
        /**
         * SummaryIn
         * @description A person's summary.
         */
        SummaryIn: {
            /** Text */
            text: string;
        };
        /**
         * SummaryLanguage
         * @description What a summary is written in.
         * @enum {string}
         */
        SummaryLanguage: "document" | "zh" | "en";
        /**
         * SummaryLength
         * @description How much a summary says.
         * @enum {string}
         */
        SummaryLength: "line" | "abstract" | "points";
        /**
         * SummaryOut
         * @description A summary with its sources.
         */
        SummaryOut: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "extractive" | "generated";
            /** Text */
            text: string;
            /** Model */
            model: string;
            /**
             * Source
             * @enum {string}
             */
            source: "model" | "person";
            coverage: components["schemas"]["Coverage"];
            /** Sentences */
            sentences: components["schemas"]["SentenceOut"][];
        };
        /**
         * TaxonomyChanged
         * @description What a change concerns, or concerned.
         */
        TaxonomyChanged: {
            /** Preview */
            preview: boolean;
            /** Documents By Person */
            documents_by_person: number;
            /** Documents By Model */
            documents_by_model: number;
            /** Examples */
            examples: number;
            taxonomy: components["schemas"]["TaxonomyShape"];
            /** Number */
            number: number | null;
        };
        /**
         * TaxonomyImported
         * @description What a file changes, or changed.
         */
        TaxonomyImported: {
            /** Preview */
            preview: boolean;
            /** Exists */
            exists: boolean;
            /** Added */
            added: string[];
            /** Changed */
            changed: string[];
            /** Gone */
            gone: components["schemas"]["GoneLabel"][];
            taxonomy: components["schemas"]["TaxonomyShape"];
        };
        /**
         * TaxonomyList
         * @description All taxonomies, the first being the one in force.
         */
        TaxonomyList: {
            /** Items */
            items: components["schemas"]["TaxonomyShape"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * TaxonomyShape
         * @description A closed set of labels. ``collections`` is given back, not taken in.
         */
        TaxonomyShape: {
            /** Name */
            name: string;
            /** Labels */
            labels: components["schemas"]["LabelShape"][];
            /** Collections */
            collections?: components["schemas"]["CollectionRef"][];
        };
        /**
         * TaxonomyVersionOut
         * @description A change of a taxonomy.
         */
        TaxonomyVersionOut: {
            /** Number */
            number: number;
            /** Action */
            action: string;
            /** Facts */
            facts: {
                [key: string]: unknown;
            };
            /** Labels */
            labels: number;
            /** Moved Documents */
            moved_documents: number;
            /** Moved Examples */
            moved_examples: number;
            /** Undone */
            undone: boolean;
            /** By */
            by: string | null;
            /**
             * At
             * Format: date-time
             */
            at: string;
        };
        /**
         * TaxonomyVersions
         * @description Changes, newest first.
         */
        TaxonomyVersions: {
            /** Items */
            items: components["schemas"]["TaxonomyVersionOut"][];
        };
        /**
         * TextOut
         * @description The text of a document, or of the page asked for.
         */
        TextOut: {
            /** Pages */
            pages: components["schemas"]["TextPageOut"][];
        };
        /**
         * TextPageOut
         * @description A page with its text.
         */
        TextPageOut: {
            /** Number */
            number: number;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /**
             * Source
             * @enum {string}
             */
            source: "text" | "ocr";
            /** Quality */
            quality: number;
            /** Blocks */
            blocks: components["schemas"]["BlockOut"][];
        };
        /**
         * TrainingDetail
         * @description One training with its curves.
         */
        TrainingDetail: {
            /** Id */
            id: number;
            /** State */
            state: string;
            /** Task */
            task: string;
            /** Method */
            method: string;
            /** Taxonomy */
            taxonomy: string;
            /** Plan */
            plan: {
                [key: string]: unknown;
            };
            /** Counts */
            counts: {
                [key: string]: unknown;
            };
            /** Estimate */
            estimate: {
                [key: string]: unknown;
            };
            progress: components["schemas"]["StepProgress"];
            /** Attempt */
            attempt: number;
            /** Figures */
            figures: {
                [key: string]: number;
            };
            /** Model */
            model: string | null;
            error: components["schemas"]["StageError"] | null;
            /** Created By */
            created_by: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
            /** Points */
            points: components["schemas"]["PointOut"][];
        };
        /**
         * TrainingList
         * @description Trainings, newest first.
         */
        TrainingList: {
            /** Items */
            items: components["schemas"]["TrainingOut"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * TrainingMethod
         * @description How weights come about.
         * @enum {string}
         */
        TrainingMethod: "head" | "lora" | "qlora" | "full";
        /**
         * TrainingOut
         * @description One training.
         */
        TrainingOut: {
            /** Id */
            id: number;
            /** State */
            state: string;
            /** Task */
            task: string;
            /** Method */
            method: string;
            /** Taxonomy */
            taxonomy: string;
            /** Plan */
            plan: {
                [key: string]: unknown;
            };
            /** Counts */
            counts: {
                [key: string]: unknown;
            };
            /** Estimate */
            estimate: {
                [key: string]: unknown;
            };
            progress: components["schemas"]["StepProgress"];
            /** Attempt */
            attempt: number;
            /** Figures */
            figures: {
                [key: string]: number;
            };
            /** Model */
            model: string | null;
            error: components["schemas"]["StageError"] | null;
            /** Created By */
            created_by: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Started At */
            started_at: string | null;
            /** Finished At */
            finished_at: string | null;
        };
        /**
         * UploadLimits
         * @description What an upload may weigh, in MB.
         */
        UploadLimits: {
            /** Max Mb */
            max_mb: number;
            /** Multipart Max Mb */
            multipart_max_mb: number;
        };
        /**
         * UploadOut
         * @description What became of each file, in the order sent.
         */
        UploadOut: {
            /** Documents */
            documents: components["schemas"]["UploadedDocument"][];
        };
        /**
         * UploadedDocument
         * @description What became of one file.
         */
        UploadedDocument: {
            /** Id */
            id: number | null;
            /** Name */
            name: string;
            /**
             * Status
             * @enum {string}
             */
            status: "received" | "parsing" | "searchable" | "enriching" | "ready" | "failed" | "deleted" | "rejected";
            /** Duplicate Of */
            duplicate_of?: number | null;
            error?: components["schemas"]["StageError"] | null;
        };
        /**
         * UsageOut
         * @description Every path, the busiest first.
         */
        UsageOut: {
            /** Items */
            items: components["schemas"]["UsageRow"][];
        };
        /**
         * UsageRow
         * @description What one path of a stage did and cost.
         */
        UsageRow: {
            /** Stage */
            stage: string;
            /** Model */
            model: string;
            /** Path */
            path: string;
            /** Documents */
            documents: number;
            /** Share */
            share: number;
            /** Tokens */
            tokens: number;
            /** Seconds */
            seconds: number;
        };
        /**
         * UserOut
         * @description The signed-in person.
         */
        UserOut: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /**
             * Role
             * @enum {string}
             */
            role: "member" | "engineer" | "admin";
            /** Has Password */
            has_password: boolean;
        };
        /**
         * WorstPageList
         * @description Pages by quality, the worst first.
         */
        WorstPageList: {
            /** Items */
            items: components["schemas"]["WorstPageOut"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * WorstPageOut
         * @description A page that was read badly.
         */
        WorstPageOut: {
            /** Document */
            document: number;
            /** Document Name */
            document_name: string;
            collection: components["schemas"]["CollectionRef"];
            /** May Write */
            may_write: boolean;
            page: components["schemas"]["PageOut"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_collections: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_collection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CollectionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_collection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rename_collection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CollectionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_models: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionModels"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_models: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CollectionModels"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionModels"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_documents: {
        parameters: {
            query?: {
                sort?: "created" | "-created" | "name" | "-name" | "size" | "-size";
                cursor?: string | null;
                limit?: number;
                collection?: number | null;
                status?: string | null;
                format?: string | null;
                category?: string | null;
                language?: string | null;
                q?: string;
                trash?: boolean;
                stale?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    files: string[];
                    /** @description Relative path of each file, in the same order. */
                    paths?: string[];
                    /** @description Without it, the first one the caller may write to. */
                    collection?: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    samples: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentDetail"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_document: {
        parameters: {
            query?: {
                purge?: boolean;
            };
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_document: {
        parameters: {
            query?: never;
            header?: {
                "if-match"?: string | null;
            };
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DocumentPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_text: {
        parameters: {
            query?: {
                page?: number | null;
            };
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_page_image: {
        parameters: {
            query?: {
                width?: number;
            };
            header?: never;
            path: {
                document_id: number;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": unknown;
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_original: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_hits: {
        parameters: {
            query: {
                q: string;
            };
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HitsOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search: {
        parameters: {
            query?: {
                q?: string;
                mode?: components["schemas"]["SearchMode"];
                k?: number;
                offset?: number;
                collection?: string[];
                category?: string[];
                language?: string[];
                format?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suggest: {
        parameters: {
            query?: {
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuggestOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_taxonomies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_taxonomy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaxonomyShape"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyShape"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    import_taxonomy: {
        parameters: {
            query?: {
                name?: string | null;
                preview?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyImported"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_taxonomy: {
        parameters: {
            query?: {
                format?: "yaml" | "json";
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_label: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RemoveIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyChanged"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    merge_labels: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MergeIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyChanged"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rename_label: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenameIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyChanged"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    split_label: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SplitIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyChanged"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undo_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyVersionOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_versions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyVersions"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    take_back_category: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    evidence: {
        parameters: {
            query: {
                label: string;
            };
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvidenceOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_summary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SummaryIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drop_summary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentRow"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    review: {
        parameters: {
            query?: {
                collection?: number | null;
                writable?: boolean;
                offset?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_examples: {
        parameters: {
            query?: {
                taxonomy?: string | null;
                label?: string | null;
                origin?: ("correction" | "confirmation" | "import") | null;
                kind?: ("label" | "summary") | null;
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExampleList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_examples: {
        parameters: {
            query?: {
                taxonomy?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelCounts"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    import_examples: {
        parameters: {
            query?: {
                taxonomy?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportedOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_examples: {
        parameters: {
            query?: {
                taxonomy?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_example: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                example_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_trainings: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_training: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingDetail"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    estimate_training: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EstimateOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_training: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                training_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingDetail"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_training: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                training_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingDetail"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_training: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                training_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingDetail"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_usage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_stale: {
        parameters: {
            query?: {
                collection?: number | null;
                taxonomy?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StaleOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_bases: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BaseList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_redos: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedoList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_redo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedoIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedoOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_redo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                redo_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedoOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_redo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                redo_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedoOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_redo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                redo_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedoOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RollbackIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RollbackOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelDetail"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    judge_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    promote_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_jobs: {
        parameters: {
            query?: {
                state?: components["schemas"]["JobState"] | null;
                document?: number | null;
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_pages: {
        parameters: {
            query?: {
                sort?: "quality";
                collection?: number | null;
                below?: number;
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorstPageList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reread_page: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: number;
                number: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RereadIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_generations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_generation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back_generation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_generation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                generation_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_generation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                generation_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    activate_generation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                generation_id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ActivationIn"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_generation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                generation_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_generation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                generation_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_golden_queries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GoldenList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_golden_query: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GoldenIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GoldenOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_golden_query: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                query_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_schedules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleList"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_schedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleOut"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_schedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                schedule_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: {
                "last-event-id"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A failure (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": components["schemas"]["Problem"];
                };
            };
        };
    };
}
